#include "base/utf8.hpp"

namespace base {

std::size_t utf8_length(std::string_view s) noexcept {
    const auto at = [&](std::size_t i) -> unsigned {
        return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u;
    };
    const auto tail = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
    const unsigned a = at(0);
    const unsigned b = at(1);

    if (a < 0x80) {
        return 1;
    }
    if (a >= 0xc2 && a <= 0xdf) {
        return tail(1) ? 2 : 0;
    }
    if (a >= 0xe0 && a <= 0xef) {
        const bool overlong = a == 0xe0 && b < 0xa0;
        const bool surrogate = a == 0xed && b > 0x9f;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        const bool overlong = a == 0xf0 && b < 0x90;
        const bool beyond = a == 0xf4 && b > 0x8f;
        return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

std::size_t utf8_encode(std::uint32_t code, char* to) noexcept {
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80 | ((code >> shift) & 0x3f));
    };

    if (code < 0x80) {
        to[0] = static_cast<char>(code);
        return 1;
    }
    if (code < 0x800) {
        to[0] = static_cast<char>(0xc0 | (code >> 6));
        to[1] = tail(0);
        return 2;
    }
    if (code < 0x10000) {
        to[0] = static_cast<char>(0xe0 | (code >> 12));
        to[1] = tail(6);
        to[2] = tail(0);
        return 3;
    }
    to[0] = static_cast<char>(0xf0 | (code >> 18));
    to[1] = tail(12);
    to[2] = tail(6);
    to[3] = tail(0);
    return 4;
}

}  // namespace base
