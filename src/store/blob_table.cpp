// SPDX-License-Identifier: Apache-2.0
#include "store/blob_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "store/checksum.hpp"

namespace store {

namespace {

constexpr std::size_t kHandful = 4;            // entries of the typical size
constexpr std::uint32_t kSlotsPerTypical = 2;  // half of them may be small
constexpr int kSecondChances = 32;             // entries spared at an eviction
constexpr std::uint32_t kSteps = 16;  // entries looked at for an expired one

// Large enough for few steps to an entry, small enough to waste little of
// the last one.
std::size_t block_bytes(std::size_t typical_bytes) noexcept {
    return std::clamp<std::size_t>(std::bit_floor(typical_bytes / 16), 128,
                                   4096);
}

bool is_live(std::uint32_t version) noexcept {
    return version % 2 == 1;
}

}  // namespace

BlobTable* BlobTable::create(Arena& arena, std::size_t typical) noexcept {
    void* const place = arena.take(sizeof(BlobTable), alignof(BlobTable));
    if (place == nullptr) {
        return nullptr;
    }
    auto* table = new (place) BlobTable;
    return table->lay_out(arena, typical) ? table : nullptr;
}

BlobTable* BlobTable::attach(void* at) noexcept {
    auto* table = static_cast<BlobTable*>(at);
    return table->layout_ == kLayout ? table : nullptr;
}

bool BlobTable::lay_out(Arena& arena, std::size_t typical) noexcept {
    typical = std::min(typical, arena.left());
    const std::size_t block = block_bytes(typical);
    const std::size_t blocks = typical / (block - 8) + 1;
    const std::size_t slot = sizeof(Entry) + 2 * sizeof(std::uint32_t);
    const std::size_t each = blocks * block + kSlotsPerTypical * slot;
    const std::size_t typicals = arena.left() / each;

    if (typicals < kHandful) {
        return false;
    }
    const std::size_t slots = std::min<std::size_t>(typicals * kSlotsPerTypical,
                                                    Index<Entry>::kMaxCapacity);
    return index_.lay_out(arena, static_cast<std::uint32_t>(slots)) &&
           pool_.lay_out(arena, static_cast<std::uint32_t>(block)) &&
           pool_.total() >= kHandful * blocks;
}

std::uint64_t BlobTable::seal(const Entry& entry) const noexcept {
    std::uint64_t sum = checksum(kLayout.magic, entry.key, sizeof(Key));
    sum = checksum(sum, static_cast<std::uint64_t>(entry.expires));
    sum = checksum(sum, (std::uint64_t{entry.first} << 32) | entry.size);
    return pool_.checksum(sum, entry.first, entry.size);
}

void BlobTable::recover() noexcept {
    if (!dirty_.set()) {
        return;
    }
    pool_.disown_all();
    index_.rebuild([this](std::uint32_t slot) { return keep(slot); },
                   [this](std::uint32_t a, std::uint32_t b) {
                       return index_[a].placed < index_[b].placed;
                   });
    pool_.rebuild();
    recoveries_++;
    dirty_.end();
}

// Whether the entry was committed and is whole; its blocks are then its own.
bool BlobTable::keep(std::uint32_t slot) noexcept {
    Entry& entry = index_[slot];
    const std::uint32_t version = entry.version.load();

    if (!is_live(version)) {
        return false;
    }
    if (pool_.adopt(entry.first, entry.size, slot)) {
        if (entry.seal == seal(entry)) {
            // Kept, as others may `touch` while entries are put in order.
            entry.placed = std::max(entry.placed, entry.last_used.load());
            return true;
        }
        pool_.disown(entry.first, pool_.blocks_for(entry.size));
    }
    entry.version.store(version + 1);
    return false;
}

void BlobTable::drop(std::uint32_t slot) noexcept {
    Entry& entry = index_[slot];
    entry.version.store(entry.version.load() + 1);
    pool_.release(entry.first);
    index_.release(slot);
}

// Looks at a few entries, each time at the next ones.
std::uint32_t BlobTable::find_expired(std::uint32_t spare,
                                      std::int64_t now) noexcept {
    for (std::uint32_t i = 0; i < std::min(kSteps, index_.fresh()); i++) {
        hand_ = hand_ + 1 < index_.fresh() ? hand_ + 1 : 0;
        const Entry& entry = index_[hand_];
        if (hand_ != spare && is_live(entry.version.load()) &&
            entry.expires <= now) {
            return hand_;
        }
    }
    return kNone;
}

// But for `spare` and for those that were touched since they were put where
// they are; not all of these are looked at.
std::uint32_t BlobTable::find_oldest(std::uint32_t spare,
                                     std::int64_t now) noexcept {
    std::uint32_t slot = index_.oldest();

    for (int i = 0; i < kSecondChances; i++, slot = index_.oldest()) {
        Entry& entry = index_[slot];
        const std::int64_t used = entry.last_used.load();
        if (slot != spare && (used <= entry.placed || entry.expires <= now)) {
            break;
        }
        entry.placed = used;
        index_.make_newest(slot);
    }
    return slot == spare ? index_[slot].link.newer : slot;
}

void BlobTable::evict_one(std::uint32_t spare, std::int64_t now) noexcept {
    std::uint32_t slot = find_expired(spare, now);

    if (slot == kNone) {
        slot = find_oldest(spare, now);
    }
    evict_slot(slot, now);
}

void BlobTable::evict_slot(std::uint32_t slot, std::int64_t now) noexcept {
    if (index_[slot].expires > now) {
        evictions_++;
    }
    drop(slot);
}

// There is room for `bytes` beside `spare` when all others are gone.
void BlobTable::make_room(std::size_t bytes, std::uint32_t spare,
                          std::int64_t now) noexcept {
    while (pool_.available() < pool_.blocks_for(bytes)) {
        evict_one(spare, now);
    }
}

void BlobTable::describe(Entry& entry, std::uint32_t first, std::size_t size,
                         std::int64_t now, std::int64_t expires) noexcept {
    entry.expires = expires;
    entry.first = first;
    entry.size = static_cast<std::uint32_t>(size);
    entry.last_used.store(now);
    entry.placed = now;
    keep_order();
    entry.seal = seal(entry);
}

std::uint32_t BlobTable::insert(const Key& key, std::string_view bytes,
                                std::int64_t now,
                                std::int64_t expires) noexcept {
    std::uint32_t slot = index_.claim();
    if (slot == kNone) {
        evict_one(kNone, now);
        slot = index_.claim();
    }
    make_room(bytes.size(), kNone, now);

    Entry& entry = index_[slot];
    std::memcpy(entry.key, key, sizeof(Key));
    describe(entry, pool_.write(bytes, slot), bytes.size(), now, expires);
    index_.link(slot);
    entry.version.store(entry.version.load() + 1);
    return slot;
}

// The old bytes stay until the new ones are whole.
void BlobTable::rewrite(std::uint32_t slot, std::string_view bytes,
                        std::int64_t now, std::int64_t expires) noexcept {
    make_room(bytes.size(), slot, now);

    Entry& entry = index_[slot];
    const std::uint32_t old = entry.first;
    const std::uint32_t first = pool_.write(bytes, slot);
    entry.version.store(entry.version.load() + 2);
    describe(entry, first, bytes.size(), now, expires);
    pool_.release(old);
    index_.make_newest(slot);
}

std::optional<BlobTable::Found> BlobTable::find(const Key& key,
                                                std::int64_t now,
                                                std::string& bytes,
                                                std::int64_t idle) {
    const std::uint32_t slot = index_.find(key);
    if (slot == kNone) {
        return std::nullopt;
    }
    Entry& entry = index_[slot];
    const std::int64_t used = entry.last_used.load();
    if (entry.expires <= now || (idle > 0 && used < now - idle)) {
        const Change change(dirty_);
        drop(slot);
        return std::nullopt;
    }
    bytes.resize(entry.size);
    pool_.read(entry.first, bytes.data(), bytes.size());
    if (slot != index_.newest()) {
        const Change change(dirty_);
        index_.make_newest(slot);
    }
    entry.placed = now;
    return Found{{slot, entry.version.load()}, entry.expires, used};
}

bool BlobTable::put(const Key& key, std::string_view bytes, std::int64_t now,
                    std::int64_t expires, Ref* ref) noexcept {
    const std::size_t need = pool_.blocks_for(bytes.size());
    if (bytes.size() >= kNone || need > pool_.total()) {
        rejections_++;
        return false;
    }
    const Change change(dirty_);
    std::uint32_t slot = index_.find(key);
    if (slot != kNone &&
        need + pool_.blocks_for(index_[slot].size) > pool_.total()) {
        drop(slot);
        slot = kNone;
    }
    if (slot != kNone) {
        rewrite(slot, bytes, now, expires);
    } else {
        slot = insert(key, bytes, now, expires);
    }
    if (ref != nullptr) {
        *ref = {slot, index_[slot].version.load()};
    }
    return true;
}

bool BlobTable::replace(const Key& key, Ref old, std::string_view bytes,
                        std::int64_t now, std::int64_t expires,
                        Ref* ref) noexcept {
    return is_current(old) && index_.find(key) == old.slot &&
           put(key, bytes, now, expires, ref);
}

bool BlobTable::remove(const Key& key) noexcept {
    const std::uint32_t slot = index_.find(key);
    if (slot == kNone) {
        return false;
    }
    const Change change(dirty_);
    drop(slot);
    return true;
}

std::optional<std::int64_t> BlobTable::last_use(KeyPrefix prefix,
                                                std::int64_t now) noexcept {
    const std::uint32_t slot = index_.find(prefix);
    if (slot == kNone || index_[slot].expires <= now) {
        return std::nullopt;
    }
    return index_[slot].last_used.load();
}

std::optional<BlobTable::Known> BlobTable::known(
    KeyPrefix prefix, std::int64_t now) const noexcept {
    const std::uint32_t slot = index_.find(prefix);
    if (slot == kNone || index_[slot].expires <= now) {
        return std::nullopt;
    }
    const Entry& entry = index_[slot];
    return Known{entry.key, entry.expires, entry.last_used.load()};
}

void BlobTable::evict(KeyPrefix prefix, std::int64_t now) noexcept {
    const std::uint32_t slot = index_.find(prefix);
    if (slot != kNone) {
        const Change change(dirty_);
        evict_slot(slot, now);
    }
}

bool BlobTable::is_current(Ref ref) const noexcept {
    return ref.slot < index_.capacity() && is_live(ref.version) &&
           index_[ref.slot].version.load(std::memory_order_acquire) ==
               ref.version;
}

void BlobTable::touch(Ref ref, std::int64_t now) noexcept {
    if (!is_current(ref)) {
        return;
    }
    // Not written again within a second: the line stays in every cache.
    std::atomic<std::int64_t>& used = index_[ref.slot].last_used;
    if (used.load(std::memory_order_relaxed) != now) {
        used.store(now, std::memory_order_relaxed);
    }
}

BlobTable::Stats BlobTable::stats() const noexcept {
    return {index_.live(), pool_.used(), pool_.total(),
            evictions_,    rejections_,  recoveries_};
}

}  // namespace store
