// Knows small fixed marks by key, in shared memory: verified tokens, states
// once used, negative answers. 64 bytes an entry, all told.
#pragma once

#include <cstdint>
#include <optional>

#include "store/arena.hpp"

namespace store {

// As for BlobTable: the caller's lock, and `recover` after taking it.
class StampTable {
public:
    struct Stamp {
        std::int64_t until;  // seconds since the epoch
        std::uint64_t value;
    };
    struct Stats {
        std::uint32_t entries, capacity;
        std::uint64_t evictions, recoveries;
    };

    static StampTable* create(Arena&, std::uint32_t capacity) noexcept;
    void recover() noexcept;

    // Absent when missing or `until <= now`.
    std::optional<Stamp> find(const Key&, std::int64_t now) noexcept;
    // Evicts an expired or else the oldest entry when full.
    void put(const Key&, Stamp, std::int64_t now) noexcept;
    // True for the first caller until `until`; false for all others, and
    // false when the table holds nothing but live marks: fails closed.
    bool put_if_absent(const Key&, Stamp, std::int64_t now) noexcept;
    void remove(const Key&) noexcept;
    Stats stats() const noexcept;
};

}  // namespace store
