// SPDX-License-Identifier: Apache-2.0
#include "base/byte_io.hpp"

namespace base {
namespace {

template <class T>
void append_big_endian(std::string& out, T value) {
    for (std::size_t i = sizeof(T); i-- > 0;) {
        out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
    }
}

template <class T>
T big_endian(std::string_view bytes) noexcept {
    T value = 0;

    for (char c : bytes) {
        value = static_cast<T>(value << 8) | static_cast<unsigned char>(c);
    }
    return value;
}

}  // namespace

ByteWriter& ByteWriter::u8(std::uint8_t value) {
    bytes_.push_back(static_cast<char>(value));
    return *this;
}

ByteWriter& ByteWriter::u32(std::uint32_t value) {
    append_big_endian(bytes_, value);
    return *this;
}

ByteWriter& ByteWriter::i64(std::int64_t value) {
    append_big_endian(bytes_, static_cast<std::uint64_t>(value));
    return *this;
}

ByteWriter& ByteWriter::blob(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    bytes_.append(value);
    return *this;
}

std::string_view ByteReader::take(std::size_t count) noexcept {
    if (!ok_ || count > rest_.size()) {
        ok_ = false;
        rest_ = {};
        return {};
    }

    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
}

std::uint8_t ByteReader::u8() noexcept {
    const std::string_view byte = take(1);
    return byte.empty() ? 0 : static_cast<std::uint8_t>(byte[0]);
}

std::uint32_t ByteReader::u32() noexcept {
    return big_endian<std::uint32_t>(take(4));
}

std::int64_t ByteReader::i64() noexcept {
    return static_cast<std::int64_t>(big_endian<std::uint64_t>(take(8)));
}

std::string_view ByteReader::blob() noexcept {
    return take(u32());
}

}  // namespace base
