// SPDX-License-Identifier: Apache-2.0
// Sixteen characters at once, with the vector types of GCC and Clang: finds in
// a long text the first character outside a set.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace base {

// Characters in, 0xff or 0 for each out.
using Block = unsigned char __attribute__((vector_size(16)));

inline Block is_one(Block c, unsigned char one) noexcept {
    return reinterpret_cast<Block>(c == one);
}

// Both ends included.
inline Block is_in(Block c, unsigned char first, unsigned char last) noexcept {
    const Block from_first = c - first;
    const auto width = static_cast<unsigned char>(last - first);
    return reinterpret_cast<Block>(from_first <= width);
}

inline Block is_alpha(Block c) noexcept {
    return is_in(c | 0x20, 'a', 'z');
}

inline Block is_alnum(Block c) noexcept {
    return is_alpha(c) | is_in(c, '0', '9');
}

inline bool is_none(Block block) noexcept {
    std::uint64_t halves[2];
    std::memcpy(halves, &block, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

// Where the first byte stands that is not 0; 16 if there is none.
inline std::size_t first_of(Block block) noexcept {
    constexpr bool kLittle = std::endian::native == std::endian::little;
    std::uint64_t halves[2];
    std::memcpy(halves, &block, sizeof halves);
    const std::size_t before = halves[0] == 0 ? sizeof halves[0] : 0;
    const std::uint64_t half = halves[0] == 0 ? halves[1] : halves[0];
    const int bits = kLittle ? std::countr_zero(half) : std::countl_zero(half);
    return before + static_cast<std::size_t>(bits) / 8;
}

// Whether all characters are in the set of `is_member`. The time does not
// depend on the place of a character outside the set.
template <class IsMember>
bool is_all_of(std::string_view text, IsMember is_member) noexcept {
    Block strangers{};
    Block block;

    for (; text.size() >= sizeof block; text.remove_prefix(sizeof block)) {
        std::memcpy(&block, text.data(), sizeof block);
        strangers |= ~is_member(block);
    }
    if (!text.empty()) {
        block = Block{} + static_cast<unsigned char>(text.front());
        std::memcpy(&block, text.data(), text.size());
        strangers |= ~is_member(block);
    }
    return is_none(strangers);
}

}  // namespace base
