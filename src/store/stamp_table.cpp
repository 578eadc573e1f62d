// SPDX-License-Identifier: Apache-2.0
#include "store/stamp_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "store/checksum.hpp"

namespace store {

namespace {

constexpr std::uint32_t kSteps = 16;  // entries looked at when full

}  // namespace

std::size_t StampTable::bytes(std::uint32_t capacity) noexcept {
    return sizeof(StampTable) + alignof(StampTable) +
           Index<Entry>::bytes(capacity);
}

std::uint32_t StampTable::capacity_for(std::size_t size) noexcept {
    const std::size_t fixed = bytes(0);
    // Buckets are a power of two, hence at most two for each entry.
    const std::size_t each = sizeof(Entry) + 2 * sizeof(std::uint32_t);
    return static_cast<std::uint32_t>(std::min<std::size_t>(
        size < fixed ? 0 : (size - fixed) / each, Index<Entry>::kMaxCapacity));
}

StampTable* StampTable::create(Arena& arena, std::uint32_t capacity) noexcept {
    void* const place = arena.take(sizeof(StampTable), alignof(StampTable));
    if (place == nullptr) {
        return nullptr;
    }
    auto* table = new (place) StampTable;
    return table->lay_out(arena, capacity) ? table : nullptr;
}

StampTable* StampTable::attach(void* at) noexcept {
    auto* table = static_cast<StampTable*>(at);
    return table->layout_ == kLayout ? table : nullptr;
}

bool StampTable::lay_out(Arena& arena, std::uint32_t capacity) noexcept {
    return index_.lay_out(arena, capacity);
}

std::uint32_t StampTable::seal(const Entry& entry) noexcept {
    std::uint64_t sum = checksum(kLayout.magic, entry.key, sizeof(Key));
    sum = checksum(sum, &entry.stamp, sizeof(entry.stamp));
    return static_cast<std::uint32_t>(sum) | 1U;
}

void StampTable::write(Entry& entry, const Stamp& stamp) noexcept {
    entry.seal = 0;
    keep_order();
    entry.stamp = stamp;
    soonest_ = std::min(soonest_, stamp.until);
    keep_order();
    entry.seal = seal(entry);
}

void StampTable::insert(std::uint32_t slot, const Key& key,
                        const Stamp& stamp) noexcept {
    Entry& entry = index_[slot];
    std::memcpy(entry.key, key, sizeof(Key));
    index_.link(slot);
    write(entry, stamp);
}

void StampTable::drop(std::uint32_t slot) noexcept {
    index_[slot].seal = 0;
    keep_order();
    index_.release(slot);
}

// Looks at `steps` entries, or at all of them and then learns when the next
// one will end. Whether any was dropped.
bool StampTable::drop_expired(std::int64_t now, std::uint32_t steps) noexcept {
    const std::uint32_t before = index_.live();
    std::int64_t soonest = std::numeric_limits<std::int64_t>::max();

    if (now < soonest_) {
        return false;
    }
    steps = std::min(steps, index_.fresh());
    for (std::uint32_t i = 0; i < steps; i++) {
        hand_ = hand_ + 1 < index_.fresh() ? hand_ + 1 : 0;
        const Entry& entry = index_[hand_];
        if (entry.seal == 0) {
            continue;
        }
        if (entry.stamp.until <= now) {
            drop(hand_);
        } else {
            soonest = std::min(soonest, entry.stamp.until);
        }
    }
    if (steps == index_.fresh()) {
        soonest_ = soonest;
    }
    return index_.live() != before;
}

// Removes the oldest entry if it has expired, else an expired one if one is
// found soon, else the oldest.
void StampTable::make_room(std::int64_t now) noexcept {
    const std::uint32_t oldest = index_.oldest();

    if (index_[oldest].stamp.until <= now) {
        drop(oldest);
    } else if (!drop_expired(now, kSteps)) {
        drop(oldest);
        evictions_++;
    }
}

void StampTable::recover() noexcept {
    if (!dirty_.set()) {
        return;
    }
    soonest_ = std::numeric_limits<std::int64_t>::max();
    hand_ = 0;
    index_.rebuild(
        [this](std::uint32_t slot) {
            Entry& entry = index_[slot];
            if (entry.seal == 0 || entry.seal != seal(entry)) {
                entry.seal = 0;
                return false;
            }
            soonest_ = std::min(soonest_, entry.stamp.until);
            return true;
        },
        // When they were put is not known; what ends first came first, as
        // a rule.
        [this](std::uint32_t a, std::uint32_t b) {
            return index_[a].stamp.until < index_[b].stamp.until;
        });
    recoveries_++;
    dirty_.end();
}

std::optional<StampTable::Stamp> StampTable::find(
    const Key& key, std::int64_t now) const noexcept {
    const std::uint32_t slot = index_.find(key);
    if (slot == kNone || index_[slot].stamp.until <= now) {
        return std::nullopt;
    }
    return index_[slot].stamp;
}

void StampTable::put(const Key& key, Stamp stamp, std::int64_t now) noexcept {
    const Change change(dirty_);
    const std::uint32_t slot = index_.find(key);

    if (slot != kNone) {
        index_.make_newest(slot);
        write(index_[slot], stamp);
        return;
    }
    if (index_.is_full()) {
        make_room(now);
    }
    insert(index_.claim(), key, stamp);
}

std::optional<StampTable::Stamp> StampTable::next_evicted(
    const Key& key, std::int64_t now) noexcept {
    if (!index_.is_full() || index_.find(key) != kNone) {
        return std::nullopt;
    }
    const Change change(dirty_);
    if (drop_expired(now, index_.capacity())) {
        return std::nullopt;
    }
    return index_[index_.oldest()].stamp;
}

bool StampTable::put_once(const Key& key, Stamp stamp,
                          std::int64_t now) noexcept {
    if (find(key, now)) {
        return false;
    }
    put(key, stamp, now);
    return true;
}

bool StampTable::put_if_absent(const Key& key, Stamp stamp,
                               std::int64_t now) noexcept {
    if (index_.is_full() && index_.find(key) == kNone) {
        const Change change(dirty_);
        if (!drop_expired(now, index_.capacity())) {
            rejections_++;
            return false;
        }
    }
    return put_once(key, stamp, now);
}

bool StampTable::remove(const Key& key) noexcept {
    const std::uint32_t slot = index_.find(key);
    if (slot == kNone) {
        return false;
    }
    const Change change(dirty_);
    drop(slot);
    return true;
}

StampTable::Stats StampTable::stats() const noexcept {
    return {index_.live(), index_.capacity(), evictions_, rejections_,
            recoveries_};
}

}  // namespace store
