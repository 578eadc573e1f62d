#include "base/base64url.hpp"

#include <array>
#include <cstdint>

namespace base {
namespace {

constexpr char kUrl[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kPlain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

using Table = std::array<std::uint8_t, 256>;

// Larger than any sextet: or-ing four of them shows a stranger at once.
constexpr std::uint8_t kBad = 0x80;

constexpr Table invert(const char (&alphabet)[65]) noexcept {
    Table table{};

    for (auto& entry : table) {
        entry = kBad;
    }
    for (std::uint8_t i = 0; i < 64; i++) {
        table[static_cast<unsigned char>(alphabet[i])] = i;
    }
    return table;
}

constexpr Table kFromUrl = invert(kUrl);
constexpr Table kFromPlain = invert(kPlain);

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

char byte_of(std::uint32_t group, int shift) noexcept {
    return static_cast<char>((group >> shift) & 0xff);
}

// The two or three characters after the last full group; loose bits would
// give one value several spellings.
bool decode_tail(std::string_view tail, const Table& table, char* out) {
    std::uint32_t bad = 0;
    std::uint32_t group = 0;

    for (std::size_t i = 0; i < 4; i++) {
        const std::uint32_t v = i < tail.size() ? table[octet(tail, i)] : 0;
        bad |= v;
        group = group << 6 | v;
    }
    if ((bad & kBad) != 0) {
        return false;
    }

    *out++ = byte_of(group, 16);
    if (tail.size() == 2) {
        return (group & 0xffff) == 0;
    }
    *out = byte_of(group, 8);
    return (group & 0xff) == 0;
}

Result<std::string> decode(std::string_view text, const Table& table) {
    const std::size_t tail = text.size() % 4;

    if (tail == 1) {
        return Error{Errc::malformed, "base64 of an impossible length"};
    }

    std::string bytes(text.size() / 4 * 3 + (tail == 0 ? 0 : tail - 1), '\0');
    const auto* in = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = in + text.size() - tail;
    char* out = bytes.data();
    std::uint32_t bad = 0;

    for (; in != end; in += 4) {
        const std::uint32_t a = table[in[0]];
        const std::uint32_t b = table[in[1]];
        const std::uint32_t c = table[in[2]];
        const std::uint32_t d = table[in[3]];

        bad |= a | b | c | d;
        *out++ = static_cast<char>(a << 2 | b >> 4);
        *out++ = static_cast<char>(b << 4 | c >> 2);
        *out++ = static_cast<char>(c << 6 | d);
    }
    if ((bad & kBad) != 0) {
        return Error{Errc::malformed, "a character that is not base64"};
    }
    if (tail != 0 &&
        !decode_tail(text.substr(text.size() - tail), table, out)) {
        return Error{Errc::malformed, "base64 with a bad last character"};
    }
    return bytes;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, kUrl);
}

Result<std::string> base64url_decode(std::string_view text) {
    return decode(text, kFromUrl);
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
    return decode(text, kFromPlain);
}

}  // namespace base
