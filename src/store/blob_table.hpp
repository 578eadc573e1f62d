// SPDX-License-Identifier: Apache-2.0
// Byte strings of differing length by key, in shared memory: sessions, key
// sets, grants. The least recently used are evicted when room is needed.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/arena.hpp"
#include "store/block_pool.hpp"
#include "store/dirty_mark.hpp"
#include "store/lru_index.hpp"

namespace store {

// Every call except `is_current` and `touch` needs the caller's lock. A process
// may be killed at any instruction: the next holder of the lock calls `recover`
// first, which costs nothing unless a change was under way; then half-written
// entries are dropped and all others kept.
class BlobTable {
public:
    struct Stats {
        std::uint32_t entries;
        std::uint64_t blocks_used, blocks_total;
        std::uint64_t evictions;   // of live entries
        std::uint64_t rejections;  // of what could never fit
        std::uint64_t recoveries;
    };
    // Names one version of one entry. Both words change hands at put,
    // replace, remove, expiry and eviction.
    struct Ref {
        std::uint32_t slot = 0;
        std::uint32_t version = 0;  // never 0 for a live entry
    };
    struct Found {
        Ref ref;
        std::int64_t expires;    // seconds since the epoch
        std::int64_t last_used;  // as `put` or `touch` left it
    };

    // Lays the table out in a new region, taking nearly all of it;
    // `typical_bytes` is the size entries usually have. nullptr when the
    // region holds less than a handful of entries.
    static BlobTable* create(Arena&, std::size_t typical_bytes) noexcept;
    // The table that `create` made there; nullptr if its layout is another.
    static BlobTable* attach(void* at) noexcept;

    void recover() noexcept;

    // Copies the bytes out and moves the entry to the front. Absent when
    // missing or `expires <= now`. `idle` > 0: also when not used for longer.
    std::optional<Found> find(const Key&, std::int64_t now, std::string& bytes,
                              std::int64_t idle = 0);
    // Inserts or replaces. False when the bytes could never fit; others are
    // evicted as needed: those that have expired if they are found in a few
    // steps, then the least recently used.
    bool put(const Key&, std::string_view bytes, std::int64_t now,
             std::int64_t expires, Ref* ref = nullptr) noexcept;
    // Replaces only if the entry is still that version.
    bool replace(const Key&, Ref, std::string_view bytes, std::int64_t now,
                 std::int64_t expires, Ref* ref = nullptr) noexcept;
    // Whether there was one.
    bool remove(const Key&) noexcept;

    // When it was last used. Absent when missing or `expires <= now`; is no use
    // itself.
    std::optional<std::int64_t> last_use(KeyPrefix, std::int64_t now) noexcept;
    // The rest that is known of it, likewise.
    struct Known {
        const Key& key;
        std::int64_t expires;
        std::int64_t last_used;
    };
    std::optional<Known> known(KeyPrefix, std::int64_t now) const noexcept;
    // Evicts the entry as if its room were needed.
    void evict(KeyPrefix, std::int64_t now) noexcept;

    // Without the lock: whether the entry named is unchanged; and marking it
    // as used. Both are single atomic words.
    bool is_current(Ref) const noexcept;
    void touch(Ref, std::int64_t now) noexcept;

    Stats stats() const noexcept;

private:
    friend struct Inspector;

    struct Entry {
        Key key;
        Link link;
        std::atomic<std::uint32_t> version;  // odd: live
        std::int64_t expires;
        std::atomic<std::int64_t> last_used;
        std::int64_t placed;  // when it went to the front
        std::uint64_t seal;   // over key, expiry, place and bytes
        std::uint32_t first;  // block
        std::uint32_t size;
    };
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
    static_assert(std::atomic<std::int64_t>::is_always_lock_free);
    static constexpr Layout kLayout{0x424c4f42, 2};

    BlobTable() = default;
    bool lay_out(Arena&, std::size_t typical_bytes) noexcept;
    std::uint64_t seal(const Entry&) const noexcept;
    bool keep(std::uint32_t slot) noexcept;
    void drop(std::uint32_t slot) noexcept;
    std::uint32_t find_expired(std::uint32_t spare, std::int64_t now) noexcept;
    std::uint32_t find_oldest(std::uint32_t spare, std::int64_t now) noexcept;
    void evict_one(std::uint32_t spare, std::int64_t now) noexcept;
    void evict_slot(std::uint32_t slot, std::int64_t now) noexcept;
    void make_room(std::size_t bytes, std::uint32_t spare,
                   std::int64_t now) noexcept;
    std::uint32_t insert(const Key&, std::string_view bytes, std::int64_t now,
                         std::int64_t expires) noexcept;
    void rewrite(std::uint32_t slot, std::string_view bytes, std::int64_t now,
                 std::int64_t expires) noexcept;
    void describe(Entry&, std::uint32_t first, std::size_t size,
                  std::int64_t now, std::int64_t expires) noexcept;

    Layout layout_ = kLayout;
    DirtyMark dirty_;
    std::uint32_t hand_ = 0;  // where find_expired goes on
    std::uint64_t evictions_ = 0;
    std::uint64_t rejections_ = 0;
    std::uint64_t recoveries_ = 0;
    Index<Entry> index_;
    BlockPool pool_;
};

}  // namespace store
