// SPDX-License-Identifier: Apache-2.0
#include "base/cookie.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace base {
namespace {

// Cuts the bytes before the next ';' off the front of `rest`; false if there
// are none left. `done` tells an empty segment from the end.
bool next_segment(std::string_view& rest, bool& done,
                  std::string_view& segment) noexcept {
    if (done) {
        return false;
    }

    const std::size_t end = rest.find(';');
    segment = rest.substr(0, end);
    done = end == std::string_view::npos;
    rest = done ? std::string_view{} : rest.substr(end + 1);
    return true;
}

// A segment without "=" is a value without a name (RFC 6265bis 5.6).
CookiePair pair_of(std::string_view segment) noexcept {
    const std::size_t equals = segment.find('=');

    if (equals == std::string_view::npos) {
        return {{}, trim(segment)};
    }
    return {trim(segment.substr(0, equals)), trim(segment.substr(equals + 1))};
}

bool is_blank(CookiePair pair) noexcept {
    return pair.name.empty() && pair.value.empty();
}

// RFC 6265 4.1.1: cookie-octet.
bool is_cookie_value(std::string_view s) noexcept {
    return std::all_of(s.begin(), s.end(), [](char c) {
        return is_printable(c) && !one_of(c, " \",;\\");
    });
}

bool is_attribute_value(std::string_view s) noexcept {
    return std::all_of(s.begin(), s.end(),
                       [](char c) { return is_printable(c) && c != ';'; });
}

std::string_view same_site_text(SameSite same_site) noexcept {
    switch (same_site) {
        case SameSite::unset:
            return "";
        case SameSite::lax:
            return "; SameSite=Lax";
        case SameSite::strict:
            return "; SameSite=Strict";
        case SameSite::none:
            return "; SameSite=None";
    }
    return "";
}

}  // namespace

void each_cookie(std::string_view header,
                 const std::function<void(CookiePair)>& visit) {
    std::string_view segment;
    bool done = false;
    std::size_t seen = 0;

    while (seen < kMaxCookies && next_segment(header, done, segment)) {
        const CookiePair pair = pair_of(segment);

        if (!is_blank(pair)) {
            seen++;
            visit(pair);
        }
    }
}

std::optional<std::string> strip_cookies(
    std::string_view header,
    const std::function<bool(std::string_view name)>& own) {
    std::string kept;
    std::string_view rest = header;
    std::string_view segment;
    bool done = false;
    bool any_own = false;
    bool any_other = false;
    bool first = true;

    // The kept cookies are copied only if one has to be removed.
    while (next_segment(rest, done, segment)) {
        const CookiePair pair = pair_of(segment);

        if (!is_blank(pair) && own(pair.name)) {
            if (!any_own && !first) {
                const auto* begin = header.data();
                kept.assign(
                    begin,
                    static_cast<std::size_t>(segment.data() - begin) - 1);
            }
            any_own = true;
            continue;
        }
        any_other = any_other || !is_blank(pair);
        if (any_own && first) {
            // The blank that stood behind a separator now gone.
            segment.remove_prefix(
                std::min(segment.find_first_not_of(" \t"), segment.size()));
            kept.append(segment);
        } else if (any_own) {
            kept.append(";").append(segment);
        }
        first = false;
    }

    if (!any_own) {
        return std::nullopt;
    }
    return any_other ? std::move(kept) : std::string();
}

std::string set_cookie(std::string_view name, std::string_view value,
                       const CookieAttributes& attributes) {
    if (!is_token(name) || !is_cookie_value(value) ||
        !is_attribute_value(attributes.path) ||
        !is_attribute_value(attributes.domain)) {
        return {};
    }

    std::string header;
    header.reserve(name.size() + value.size() + attributes.path.size() +
                   attributes.domain.size() + 64);
    header.append(name).append("=").append(value);
    header.append("; Path=").append(attributes.path);
    if (!attributes.domain.empty()) {
        header.append("; Domain=").append(attributes.domain);
    }
    if (attributes.secure) {
        header.append("; Secure");
    }
    header.append("; HttpOnly").append(same_site_text(attributes.same_site));
    if (attributes.max_age.count() > 0) {
        header.append("; Max-Age=")
            .append(std::to_string(attributes.max_age.count()));
    }
    return header;
}

std::string expire_cookie(std::string_view name,
                          const CookieAttributes& attributes) {
    CookieAttributes ended = attributes;
    ended.max_age = Seconds{0};
    std::string header = set_cookie(name, "", ended);

    if (!header.empty()) {
        header.append("; Max-Age=0");
    }
    return header;
}

bool cookie_path_covers(std::string_view cookie_path,
                        std::string_view path) noexcept {
    return path.starts_with(cookie_path) &&
           (cookie_path.ends_with('/') || path.size() == cookie_path.size() ||
            path[cookie_path.size()] == '/');
}

}  // namespace base
