// Knows the classes of ASCII characters that the RFCs' grammars are made of.
#pragma once

#include <array>
#include <cstddef>
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

// A set of characters that long texts are looked through for: true for those
// that are not in it.
using Strangers = std::array<bool, 256>;

template <class IsMember>
constexpr Strangers all_but(IsMember is_member) noexcept {
    Strangers table{};

    for (std::size_t byte = 0; byte < table.size(); byte++) {
        table[byte] = !is_member(static_cast<char>(byte));
    }
    return table;
}

// Whether the text is of the set's characters alone. No branch for each.
constexpr bool is_all_of(std::string_view text,
                         const Strangers& strangers) noexcept {
    const auto at = [&](std::size_t i) {
        return strangers[static_cast<unsigned char>(text[i])];
    };
    bool found = false;
    std::size_t i = 0;

    for (; i + 4 <= text.size(); i += 4) {
        found |= at(i) | at(i + 1) | at(i + 2) | at(i + 3);
    }
    for (; i < text.size(); i++) {
        found |= at(i);
    }
    return !found;
}

// Without the SP and HTAB around it.
constexpr std::string_view trim(std::string_view s) noexcept {
    const std::size_t first = s.find_first_not_of(" \t");

    if (first == std::string_view::npos) {
        return {};
    }
    return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

}  // namespace base
