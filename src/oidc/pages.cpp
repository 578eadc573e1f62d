#include "oidc/pages.hpp"

namespace oidc {
namespace {

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

std::string render(const Page& page) {
    std::string html =
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"robots\" content=\"noindex\">\n";

    add_element(html, "title", page.title);
    add_element(html, "h1", page.title);
    add_element(html, "p", page.what);
    add_element(html, "p", page.next);
    if (!page.link_text.empty()) {
        html.append("<p><a href=\"").append(escape_html(page.link));
        html.append("\">").append(escape_html(page.link_text));
        html.append("</a></p>\n");
    }
    if (!page.reason_word.empty()) {
        html.append("<p><small>Reason: <code>");
        html.append(escape_html(page.reason_word));
        html.append("</code></small></p>\n");
    }
    return html;
}

}  // namespace oidc
