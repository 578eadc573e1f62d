// SPDX-License-Identifier: Apache-2.0
// Small fixed marks by key, in shared memory: verified tokens, states once
// used, negative responses. 64 bytes for an entry and 4 to 8 for its index.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "store/arena.hpp"
#include "store/dirty_mark.hpp"
#include "store/lru_index.hpp"

namespace store {

// Needs the caller's lock, and `recover` after taking it, like BlobTable.
class StampTable {
public:
    struct Stamp {
        std::int64_t until;  // seconds since the epoch
        std::uint64_t value;
    };
    struct Stats {
        std::uint32_t entries, capacity;
        std::uint64_t evictions;   // of marks that were still live
        std::uint64_t rejections;  // for want of room
        std::uint64_t recoveries;
    };

    // The size that `create` takes of an arena.
    static std::size_t bytes(std::uint32_t capacity) noexcept;
    // The capacity that fits into so many bytes, wherever they begin.
    static std::uint32_t capacity_for(std::size_t bytes) noexcept;
    // nullptr when the arena has less, or for a capacity of 0.
    static StampTable* create(Arena&, std::uint32_t capacity) noexcept;
    // The table that `create` made there; nullptr if its layout is another.
    static StampTable* attach(void* at) noexcept;
    void recover() noexcept;

    // The key will be looked for. The one call that needs no lock.
    void expect(const Key& key) const noexcept { index_.expect(key); }
    // Absent when missing or `until <= now`.
    std::optional<Stamp> find(const Key&, std::int64_t now) const noexcept;
    // A full table removes an expired entry if one is found in a few steps,
    // else the entry that was put longest ago.
    void put(const Key&, Stamp, std::int64_t now) noexcept;
    // The live mark that `put` of this key would evict; what has expired
    // makes room before.
    std::optional<Stamp> next_evicted(const Key&, std::int64_t now) noexcept;
    // True for the first caller until `until`; false for all others. Makes
    // room as `put` does.
    bool put_once(const Key&, Stamp, std::int64_t now) noexcept;
    // Like `put`, but false if the table has only live marks.
    bool put_if_absent(const Key&, Stamp, std::int64_t now) noexcept;
    // Whether there was one.
    bool remove(const Key&) noexcept;
    Stats stats() const noexcept;

private:
    friend struct Inspector;
    friend class LeaseTable;

    struct Entry {
        Key key;
        Stamp stamp;
        Link link;
        std::uint32_t seal;  // 0 while the entry is free or changes
    };
    static_assert(sizeof(Entry) == 64);
    static constexpr Layout kLayout{0x53544d50, 2};

    StampTable() = default;
    bool lay_out(Arena&, std::uint32_t capacity) noexcept;
    static std::uint32_t seal(const Entry&) noexcept;
    void write(Entry&, const Stamp&) noexcept;
    void insert(std::uint32_t slot, const Key&, const Stamp&) noexcept;
    void drop(std::uint32_t slot) noexcept;
    bool drop_expired(std::int64_t now, std::uint32_t steps) noexcept;
    void make_room(std::int64_t now) noexcept;

    Layout layout_ = kLayout;
    DirtyMark dirty_;
    std::uint32_t hand_ = 0;  // where drop_expired goes on
    // No live mark ends before this time, so a vain search is not repeated
    // within the same second.
    std::int64_t soonest_ = std::numeric_limits<std::int64_t>::max();
    std::uint64_t evictions_ = 0;
    std::uint64_t rejections_ = 0;
    std::uint64_t recoveries_ = 0;
    Index<Entry> index_;
};

}  // namespace store
