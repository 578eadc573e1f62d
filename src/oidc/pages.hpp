// Knows the few pages that a person may see instead of the one asked for.
#pragma once

#include <string>
#include <string_view>

namespace oidc {

// They hold no script, no style and no address but a path of our own, so
// that this policy fits every one of them.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

struct Page {
    std::string_view title;
    std::string_view what;       // what happened
    std::string_view next;       // what to do now
    std::string_view link_text;  // "": no link
    std::string_view link;
    std::string_view reason_word;  // for whoever is asked for help
};

// A whole HTML document; every part is escaped.
std::string render(const Page&);

// For text between tags and in quoted attributes.
std::string escape_html(std::string_view text);

}  // namespace oidc
