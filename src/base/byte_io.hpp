// SPDX-License-Identifier: Apache-2.0
// Writes and reads binary records, with a check of the bounds at each step.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace base {

// Big endian; blobs carry a 32-bit length, so that fields cannot shift.
class ByteWriter {
public:
    ByteWriter& u8(std::uint8_t);
    ByteWriter& u32(std::uint32_t);
    ByteWriter& i64(std::int64_t);
    ByteWriter& blob(std::string_view);
    std::string& bytes() noexcept { return bytes_; }

private:
    std::string bytes_;
};

// After the first read past the end everything reads as zero or empty and
// ok() is false: check once, at the end.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) noexcept : rest_(bytes) {}
    std::uint8_t u8() noexcept;
    std::uint32_t u32() noexcept;
    std::int64_t i64() noexcept;
    std::string_view blob() noexcept;  // into the bytes given
    bool ok() const noexcept { return ok_; }
    bool at_end() const noexcept { return rest_.empty(); }

private:
    std::string_view take(std::size_t) noexcept;
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace base
