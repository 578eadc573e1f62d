// SPDX-License-Identifier: Apache-2.0
// Knows memory that a test shares with the processes it forks, and the keys
// and times of what is put there.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "store/arena.hpp"

namespace store {

// When it is in the tests of tables, and when most of what they keep ends.
inline constexpr std::int64_t kNow = 1'700'000'000;
inline constexpr std::int64_t kEnd = kNow + 3600;

class Region {
public:
    explicit Region(std::size_t size) : size_(size) {
        base_ = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (base_ == MAP_FAILED) {
            std::abort();
        }
        // Nobody promises that a region is new.
        std::memset(base_, 0xa5, size);
    }
    ~Region() { munmap(base_, size_); }
    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;

    Arena arena() const { return {base_, size_}; }
    void* base() const { return base_; }
    std::size_t size() const { return size_; }
    bool equals(const Region& other) const {
        return std::memcmp(base_, other.base_, size_) == 0;
    }
    void copy(const Region& other) { std::memcpy(base_, other.base_, size_); }

private:
    void* base_;
    std::size_t size_;
};

// A key as a digest would be: 32 bytes that differ in their first.
struct TestKey {
    explicit TestKey(std::uint64_t number) {
        for (std::size_t i = 0; i < sizeof(Key); i += 8) {
            number = (number ^ (number >> 29)) * 0xbf58476d1ce4e5b9U + i + 1;
            std::memcpy(bytes + i, &number, 8);
        }
    }
    operator const Key&() const { return bytes; }
    Key bytes;
};

}  // namespace store
