// SPDX-License-Identifier: Apache-2.0
// Character classes of the grammars of the RFCs, ASCII only.
#pragma once

#include <string_view>

namespace base {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr bool is_alnum(char c) noexcept {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Blank included.
constexpr bool is_printable(char c) noexcept {
    return c >= 0x20 && c < 0x7f;
}

constexpr bool one_of(char c, std::string_view set) noexcept {
    return set.find(c) != std::string_view::npos;
}

// -1 for what is no hex digit.
constexpr int hex_digit(char c) noexcept {
    if (is_digit(c)) {
        return c - '0';
    }
    return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

inline constexpr char kUpperHex[] = "0123456789ABCDEF";

// RFC 9110 5.6.2.
constexpr bool is_token(std::string_view s) noexcept {
    for (char c : s) {
        if (!is_alnum(c) && !one_of(c, "!#$%&'*+-.^_`|~")) {
            return false;
        }
    }
    return !s.empty();
}

// Without the SP and HTAB around it.
constexpr std::string_view trim(std::string_view s) noexcept {
    constexpr auto is_blank = [](char c) { return c == ' ' || c == '\t'; };

    while (!s.empty() && is_blank(s.front())) {
        s.remove_prefix(1);
    }
    while (!s.empty() && is_blank(s.back())) {
        s.remove_suffix(1);
    }
    return s;
}

// Takes what is in front of the first `separator` off `rest`, and the
// separator with it; without one, all of it.
constexpr std::string_view take_until(std::string_view& rest,
                                      char separator) noexcept {
    const std::size_t end = rest.find(separator);
    const std::string_view front(rest.data(),
                                 end == rest.npos ? rest.size() : end);

    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    return front;
}

}  // namespace base
