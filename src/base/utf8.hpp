// Knows UTF-8 (Unicode 15, table 3-7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace base {

// The length of the well-formed sequence in front, 0 if there is none.
std::size_t utf8_length(std::string_view) noexcept;
// Writes a code point that is no surrogate; its length, 1 to 4.
std::size_t utf8_encode(std::uint32_t code, char* to) noexcept;

}  // namespace base
