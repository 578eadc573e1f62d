#include "base/base64url.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/block.hpp"

namespace base {
namespace {

constexpr char kUrl[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kPlain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Four of them hold a block of characters.
using Words = std::uint32_t __attribute__((vector_size(16)));

// Where the first, second, … byte of a word in memory is.
constexpr std::array<int, 4> kShift = std::endian::native == std::endian::little
                                          ? std::array<int, 4>{0, 8, 16, 24}
                                          : std::array<int, 4>{24, 16, 8, 0};

// What each character stands for; what stands for nothing is noted.
Block sextets(Block c, const char (&alphabet)[65], Block& strangers) noexcept {
    const Block upper = is_in(c, 'A', 'Z');
    const Block lower = is_in(c, 'a', 'z');
    const Block digit = is_in(c, '0', '9');
    const Block last = is_one(c, static_cast<unsigned char>(alphabet[62]));
    const Block very_last = is_one(c, static_cast<unsigned char>(alphabet[63]));

    strangers |= ~(upper | lower | digit | last | very_last);
    return (upper & (c - 'A')) | (lower & (c - ('a' - 26))) |
           (digit & (c + (52 - '0'))) | (last & 62) | (very_last & 63);
}

// The 24 bits of each four characters, as a number.
Words join(Block values) noexcept {
    const Words four = reinterpret_cast<Words>(values);

    return ((four >> kShift[0]) & 0x3f) << 18 |
           ((four >> kShift[1]) & 0x3f) << 12 |
           ((four >> kShift[2]) & 0x3f) << 6 | ((four >> kShift[3]) & 0x3f);
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

void decode(Block block, const char (&alphabet)[65], Block& strangers,
            char* out) noexcept {
    const Words joined = join(sextets(block, alphabet, strangers));
    const std::uint64_t front = std::uint64_t{joined[0]} << 40 |
                                std::uint64_t{joined[1]} << 16 | joined[2] >> 8;

    put(out, front, joined[2] << 24 | joined[3]);
}

Result<std::string> decode(std::string_view text, const char (&alphabet)[65]) {
    const std::size_t tail = text.size() % 4;

    if (tail == 1) {
        return Error{Errc::malformed, "base64 of an impossible length"};
    }

    std::string bytes(text.size() / 4 * 3 + (tail == 0 ? 0 : tail - 1), '\0');
    char* out = bytes.data();
    Block strangers{};
    Block block;

    for (; text.size() >= sizeof block; text.remove_prefix(sizeof block)) {
        std::memcpy(&block, text.data(), sizeof block);
        decode(block, alphabet, strangers, out);
        out += kBytes;
    }
    // "A" stands for no bits: those that are loose are in the next byte, and
    // would give one value several spellings.
    block = Block{} + 'A';
    text.copy(reinterpret_cast<char*>(&block), text.size());
    std::array<char, kBytes> rest;
    decode(block, alphabet, strangers, rest.data());
    const auto left =
        static_cast<std::size_t>(bytes.data() + bytes.size() - out);
    std::copy_n(rest.begin(), left, out);
    if (!is_none(strangers)) {
        return Error{Errc::malformed, "a character that is not base64"};
    }
    if (rest[left] != 0) {
        return Error{Errc::malformed, "base64 with a bad last character"};
    }
    return bytes;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, kUrl);
}

Result<std::string> base64url_decode(std::string_view text) {
    return decode(text, kUrl);
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
    return decode(text, kPlain);
}

}  // namespace base
