// Knows the few pages that a person may see instead of the one asked for.
#pragma once

#include <string>
#include <string_view>

namespace oidc {

// They hold no script and no address but a path of our own. Their style is
// let in by its digest (CSP 3 2.3.1), so that nobody else's is.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; "
    "style-src 'sha256-2JeltFFNSxzBP6H8dR8Tu33GjSo7K+MAKmoeXaGUxMg='; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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

}  // namespace oidc
