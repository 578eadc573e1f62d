// SPDX-License-Identifier: Apache-2.0
#include "base/base64url.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/byte_block.hpp"

namespace base {
namespace {

constexpr char kUrl[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kPlain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Views of the same block as pairs, quadruples and octets of characters.
using Twos = std::uint16_t __attribute__((vector_size(16)));
using Fours = std::uint32_t __attribute__((vector_size(16)));
using Eights = std::uint64_t __attribute__((vector_size(16)));

// The value of each character; invalid characters are marked.
template <const char (&alphabet)[65]>
[[gnu::always_inline]] inline Block sextets(Block c,
                                            Block& strangers) noexcept {
    constexpr auto kLast = static_cast<unsigned char>(alphabet[62]);
    constexpr auto kVeryLast = static_cast<unsigned char>(alphabet[63]);
    constexpr auto from = [](int value, int character) {
        return static_cast<unsigned char>(value - character);
    };
    const Block upper = is_in(c, 'A', 'Z');
    const Block lower = is_in(c, 'a', 'z');
    const Block digit = is_in(c, '0', '9');
    const Block last = is_one(c, kLast);
    const Block very_last = is_one(c, kVeryLast);

    strangers |= ~(upper | lower | digit | last | very_last);
    return c + ((upper & from(0, 'A')) | (lower & from(26, 'a')) |
                (digit & from(52, '0')) | (last & from(62, kLast)) |
                (very_last & from(63, kVeryLast)));
}

// Each two numbers of `bits` bits beside each other, as the first one's and
// then the second one's.
template <class Pairs>
Pairs join(Pairs pairs, int bits) noexcept {
    constexpr int kHalf = sizeof(pairs[0]) * 4;
    constexpr auto kLow = (std::uint64_t{1} << kHalf) - 1;
    using Number = std::remove_cvref_t<decltype(pairs[0])>;
    const Pairs low = pairs & static_cast<Number>(kLow);
    const Pairs high = pairs >> kHalf;

    return std::endian::native == std::endian::little ? low << bits | high
                                                      : high << bits | low;
}

std::uint32_t octet(std::string_view bytes, std::size_t i) noexcept {
    return static_cast<unsigned char>(bytes[i]);
}

std::string encode(std::string_view bytes, const char (&alphabet)[65]) {
    std::string text;
    std::size_t i = 0;

    text.reserve((bytes.size() + 2) / 3 * 4);
    const auto put = [&](std::uint32_t group, int characters) {
        for (int shift = 18; characters-- > 0; shift -= 6) {
            text.push_back(alphabet[(group >> shift) & 0x3f]);
        }
    };

    for (; i + 3 <= bytes.size(); i += 3) {
        put(octet(bytes, i) << 16 | octet(bytes, i + 1) << 8 |
                octet(bytes, i + 2),
            4);
    }
    if (bytes.size() - i == 1) {
        put(octet(bytes, i) << 16, 2);
    } else if (bytes.size() - i == 2) {
        put(octet(bytes, i) << 16 | octet(bytes, i + 1) << 8, 3);
    }
    return text;
}

constexpr std::size_t kBytes = 12;  // of a block

// In the order of the characters.
void put(char* out, std::uint64_t front, std::uint32_t rest) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        front = __builtin_bswap64(front);
        rest = __builtin_bswap32(rest);
    }
    std::memcpy(out, &front, sizeof front);
    std::memcpy(out + sizeof front, &rest, sizeof rest);
}

template <const char (&alphabet)[65]>
[[gnu::always_inline]] inline void decode(Block block, Block& strangers,
                                          char* out) noexcept {
    const Block by_6 = sextets<alphabet>(block, strangers);
    const auto by_12 = join(reinterpret_cast<Twos>(by_6), 6);
    const auto by_24 = join(reinterpret_cast<Fours>(by_12), 12);
    const auto by_48 = join(reinterpret_cast<Eights>(by_24), 24);

    put(out, by_48[0] << 16 | by_48[1] >> 32,
        static_cast<std::uint32_t>(by_48[1]));
}

// Into decoded_size(text.size()) bytes.
template <const char (&alphabet)[65]>
Status decode(std::string_view text, char* out) {
    char* const end = out + decoded_size(text.size());
    Block strangers{};
    Block block;

    if (text.size() % 4 == 1) {
        return Error{Errc::malformed, "base64 of an impossible length"};
    }
    for (; text.size() >= sizeof block; text.remove_prefix(sizeof block)) {
        std::memcpy(&block, text.data(), sizeof block);
        decode<alphabet>(block, strangers, out);
        out += kBytes;
    }
    // "A" stands for no bits: those that are loose are in the next byte, and
    // would give one value several spellings.
    block = Block{} + 'A';
    text.copy(reinterpret_cast<char*>(&block), text.size());
    std::array<char, kBytes> rest;
    decode<alphabet>(block, strangers, rest.data());
    const auto left = static_cast<std::size_t>(end - out);
    std::copy_n(rest.begin(), left, out);
    if (!is_none(strangers)) {
        return Error{Errc::malformed, "a character that is not base64"};
    }
    if (rest[left] != 0) {
        return Error{Errc::malformed, "base64 with a bad last character"};
    }
    return {};
}

template <const char (&alphabet)[65]>
Result<std::string> decode(std::string_view text) {
    std::string bytes(decoded_size(text.size()), '\0');
    const Status read = decode<alphabet>(text, bytes.data());

    return read ? Result<std::string>(std::move(bytes)) : read.error();
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, kUrl);
}

Result<std::string> base64url_decode(std::string_view text) {
    return decode<kUrl>(text);
}

Status base64url_decode(std::string_view text, char* out) {
    return decode<kUrl>(text, out);
}

std::string base64_encode(std::string_view bytes) {
    std::string text = encode(bytes, kPlain);

    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

Result<std::string> base64_decode(std::string_view text) {
    const std::size_t end = text.find('=');

    if (end != std::string_view::npos) {
        const std::string_view padding = text.substr(end);

        if (text.size() % 4 != 0 || (padding != "=" && padding != "==")) {
            return Error{Errc::malformed, "base64 with bad padding"};
        }
        text = text.substr(0, end);
    }
    return decode<kPlain>(text);
}

}  // namespace base
