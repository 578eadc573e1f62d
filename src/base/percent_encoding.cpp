// SPDX-License-Identifier: Apache-2.0
#include "base/percent_encoding.hpp"

#include "base/ascii.hpp"

namespace base {
namespace {

bool is_unreserved(char c) noexcept {
    return is_alnum(c) || one_of(c, "-._~");
}

// The byte that an escape at `i` stands for, -1 if there is none.
int escaped_byte(std::string_view s, std::size_t i) noexcept {
    if (i + 2 >= s.size() || s[i] != '%') {
        return -1;
    }
    const int high = hex_digit(s[i + 1]);
    const int low = hex_digit(s[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

std::size_t encoded_size(std::string_view bytes) noexcept {
    std::size_t size = 0;

    for (char c : bytes) {
        size += is_unreserved(c) ? 1u : 3u;
    }
    return size;
}

void append_encoded(std::string& out, std::string_view bytes) {
    for (char c : bytes) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kUpperHex[byte >> 4]);
            out.push_back(kUpperHex[byte & 0xf]);
        }
    }
}

std::string percent_encode(std::string_view bytes) {
    std::string out;

    out.reserve(encoded_size(bytes));
    append_encoded(out, bytes);
    return out;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;

    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '%') {
            const int byte = escaped_byte(text, i);

            if (byte < 0) {
                return Error{Errc::malformed, "% without two hex digits"};
            }
            out.push_back(static_cast<char>(byte));
            i += 2;
        } else {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

}  // namespace base
