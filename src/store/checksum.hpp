// SPDX-License-Identifier: Apache-2.0
// A checksum that tells a whole entry from a half-written one.
#pragma once

#include <cstdint>
#include <cstring>

namespace store {

// Against accidents, not against anybody: each word passes through steps
// that can be undone, so a change within one word always changes the sum.
inline std::uint64_t checksum(std::uint64_t sum, std::uint64_t word) noexcept {
    sum = (sum ^ word) * 0x9e3779b97f4a7c15U;
    return sum ^ (sum >> 32);
}

inline std::uint64_t checksum(std::uint64_t sum, const void* bytes,
                              std::size_t size) noexcept {
    const char* at = static_cast<const char*>(bytes);
    std::uint64_t word = 0;

    for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word)) {
        std::memcpy(&word, at, sizeof(word));
        sum = checksum(sum, word);
    }
    if (size != 0) {
        word = 0;
        std::memcpy(&word, at, size);
        sum = checksum(sum, word);
    }
    return sum;
}

}  // namespace store
