// SPDX-License-Identifier: Apache-2.0
// Divides a new region of shared memory, once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace store {

// Hands out aligned pieces of a region; nothing is ever given back. All
// processes see the region at one address, as workers forked by one master do.
class Arena {
public:
    Arena(void* base, std::size_t size) noexcept
        : at_(static_cast<char*>(base)), left_(size) {}
    // nullptr when not enough is left. `align` is a power of two.
    void* take(std::size_t size, std::size_t align) noexcept;
    std::size_t left() const noexcept { return left_; }

private:
    char* at_;
    std::size_t left_;
};

using Key = unsigned char[32];

}  // namespace store
