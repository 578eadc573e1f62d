// SPDX-License-Identifier: Apache-2.0
// The few pages that the module shows instead of the requested one.
#pragma once

#include <string>
#include <string_view>

namespace oidc::web {

// What browsers allow the pages: they have no script and no address except a
// path of our own. `frame_ancestors` are origins, separated by spaces; "": the
// page cannot be framed.
std::string content_security_policy(std::string_view frame_ancestors);

struct Page {
    std::string_view title;
    std::string_view text;            // what to do now
    std::string_view link_text = {};  // "": no link
    std::string_view link = {};
    // For whoever is asked for help; "": none.
    std::string_view reason_word = {};
    std::string_view reason = {};  // the same as a sentence
    bool goes_on = false;          // to the link, by itself
};

// A whole HTML document; every part is escaped.
std::string render(const Page&);

// For text between tags and in quoted attributes.
std::string escape_html(std::string_view text);

}  // namespace oidc::web
