// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/pages.hpp"

namespace oidc::web {
namespace {

// kPolicy holds its digest.
constexpr std::string_view kStyle =
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;"
    "margin:0 auto;padding:2rem 1.5rem}h1{font-size:1.5rem;line-height:1.25}"
    "a{display:inline-block;padding:.6rem 1.2rem;border:1px solid;"
    "border-radius:.3rem;color:LinkText;text-decoration:none}"
    "small{opacity:.75}";

// The style is allowed by its digest (CSP 3 2.3.1), so that no other style is.
constexpr std::string_view kPolicy =
    "default-src 'none'; "
    "style-src 'sha256-2JeltFFNSxzBP6H8dR8Tu33GjSo7K+MAKmoeXaGUxMg='; "
    "base-uri 'none'; form-action 'none'; frame-ancestors ";

struct Entity {
    char character;
    std::string_view text;
};

constexpr Entity kEntities[] = {{'&', "&amp;"},  {'<', "&lt;"},
                                {'>', "&gt;"},   {'"', "&quot;"},
                                {'\'', "&#39;"}, {'`', "&#96;"}};

std::string_view entity(char c) noexcept {
    for (const Entity& known : kEntities) {
        if (known.character == c) {
            return known.text;
        }
    }
    return "";
}

void add_element(std::string& html, std::string_view tag,
                 std::string_view text) {
    html.append("<").append(tag).append(">");
    html.append(escape_html(text));
    html.append("</").append(tag).append(">\n");
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string escaped;

    escaped.reserve(text.size());
    for (const char c : text) {
        if (const std::string_view name = entity(c); !name.empty()) {
            escaped += name;
        } else {
            escaped += c;
        }
    }
    return escaped;
}

std::string content_security_policy(std::string_view frame_ancestors) {
    std::string policy(kPolicy);

    return policy.append(frame_ancestors.empty() ? "'none'" : frame_ancestors);
}

std::string render(const Page& page) {
    std::string html =
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"robots\" content=\"noindex\">\n";

    if (page.goes_on) {
        html.append("<meta http-equiv=\"refresh\" content=\"0; url=");
        html.append(escape_html(page.link)).append("\">\n");
    }
    add_element(html, "title", page.title);
    html.append("<style>").append(kStyle).append("</style>\n");
    add_element(html, "h1", page.title);
    add_element(html, "p", page.text);
    if (!page.link_text.empty()) {
        html.append("<p><a href=\"").append(escape_html(page.link));
        html.append("\">").append(escape_html(page.link_text));
        html.append("</a></p>\n");
    }
    if (!page.reason_word.empty()) {
        html.append("<p><small>Reason: <code>");
        html.append(escape_html(page.reason_word));
        html.append("</code>, ").append(escape_html(page.reason));
        html.append("</small></p>\n");
    }
    return html;
}

}  // namespace oidc::web
