// SPDX-License-Identifier: Apache-2.0
// Return addresses, URLs and forms: what is accepted cannot leave our origin,
// by a reading that shares nothing with the code it checks.

#include <string>

#include "base/url.hpp"
#include "base/percent_encoding.hpp"
#include "base/form.hpp"
#include "base/same_origin_uri.hpp"
#include "hold.hpp"

namespace {

bool is_dot(std::string_view s) {
    return s == "." || s == "%2e" || s == "%2E";
}

bool is_double_dot(std::string_view s) {
    for (const std::string_view first : {".", "%2e", "%2E"}) {
        if (s.starts_with(first) && is_dot(s.substr(first.size()))) {
            return true;
        }
    }
    return false;
}

// The path as a browser asks for it (WHATWG URL 4.4), built as text.
std::string resolve(std::string_view path) {
    std::string out;

    while (!path.empty()) {
        path.remove_prefix(1);  // its slash
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view segment = path.substr(0, end);
        path.remove_prefix(end);

        if (is_double_dot(segment)) {
            out.erase(out.empty() ? 0 : out.rfind('/'));
            out += path.empty() ? "/" : "";
        } else if (is_dot(segment)) {
            out += path.empty() ? "/" : "";
        } else {
            out += "/" + std::string(segment);
        }
    }
    return out;
}

void check_same_origin(std::string_view input) {
    const auto uri = base::SameOriginUri::parse(input);

    if (!uri) {
        return;
    }
    const std::string& text = uri->text();
    hold(text == input && text.size() <= base::SameOriginUri::kMaxLength);
    hold(text.starts_with('/') && !text.starts_with("//"));
    for (const char c : text) {
        hold(c > 0x20 && c < 0x7f && c != '\\');
    }
    const std::string path = resolve(text.substr(0, text.find_first_of("?#")));
    hold(path.starts_with('/') && !path.starts_with("//"));

    const auto url = base::Url::parse("https://app.example" + text);
    hold(!url || (url->host == "app.example" && url->port == 443));
}

void check_url(std::string_view input) {
    const auto url = base::Url::parse(input);

    if (!url) {
        return;
    }
    hold(url->port != 0 && !url->host.empty());
    hold(url->path.empty() || url->path[0] == '/');
    hold(url->host.find_first_of("@/\\?#% ") == std::string::npos);
    const auto origin = base::Url::parse(url->origin());
    hold(bool(origin) && origin->host == url->host);
    hold(origin->port == url->port && origin->scheme == url->scheme);
    const std::string rebuilt =
        url->origin() + url->path +
        (url->query.empty() ? std::string() : "?" + url->query);
    const auto again = base::Url::parse(rebuilt);
    hold(bool(again) && again->path == url->path && again->query == url->query);
}

void check_form(std::string_view input) {
    const auto decoded =
        base::percent_decode(base::percent_encode(input), true);
    hold(bool(decoded) && *decoded == input);

    base::FormWriter writer;
    writer.add("name", input).add(input, "");
    const auto written = base::Form::parse(writer.text());
    const bool has_nul = input.find('\0') != std::string_view::npos;
    hold(bool(written) != has_nul);
    if (written && input != "name") {
        const auto value = written->unique("name");
        hold(bool(value) && value->has_value() && **value == input);
    }
    (void)base::Form::parse(input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const std::string_view input = text_of(data, size);

    check_same_origin(input);
    check_url(input);
    check_form(input);
    return 0;
}
