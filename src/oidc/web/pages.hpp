// SPDX-License-Identifier: Apache-2.0
// Knows the few pages that a person may see instead of the one asked for.
#pragma once

#include <string>
#include <string_view>

namespace oidc::web {

// What the pages may do in a browser: they hold no script and no address but a
// path of our own. `frame_ancestors` are origins, blank-separated; "": nobody
// may frame them.
std::string content_security_policy(std::string_view frame_ancestors);

struct Page {
    std::string_view title;
    std::string_view text;       // what to do now
    std::string_view link_text;  // "": no link
    std::string_view link;
    std::string_view reason_word;  // "": none; for whoever is asked for help
    std::string_view reason;       // the same as a sentence
};

// A whole HTML document; every part is escaped.
std::string render(const Page&);

// For text between tags and in quoted attributes.
std::string escape_html(std::string_view text);

}  // namespace oidc::web
