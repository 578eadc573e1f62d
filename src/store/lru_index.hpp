// SPDX-License-Identifier: Apache-2.0
// An index of slots by key, with the order of their last use and a list of free
// ones.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "store/arena.hpp"

namespace store {

inline constexpr std::uint32_t kNone = 0xffffffff;

// The part of a key that is indexed: keys are digests, so it is unique in a
// table.
using KeyPrefix = std::uint64_t;

inline KeyPrefix prefix_of(const Key& key) noexcept {
    KeyPrefix prefix;
    std::memcpy(&prefix, key, sizeof(prefix));
    return prefix;
}

// Each Entry has a `Key key` and a `Link link`.
struct Link {
    std::uint32_t next;  // in the bucket, or in the list of free slots
    std::uint32_t newer;
    std::uint32_t older;
};

// A hash table with chains and a list by age, all of it slot numbers: part of
// a table's header in shared memory. Keys are digests, so their first bytes
// are their hash. No call but `rebuild` looks at more than one chain.
template <class Entry>
class Index {
public:
    static constexpr std::uint32_t kMaxCapacity = 1U << 30;

    // Memory that lay_out takes, alignment included.
    static std::size_t bytes(std::uint32_t capacity) noexcept {
        return sizeof(Entry) * capacity +
               sizeof(std::uint32_t) * std::bit_ceil(capacity) + 2 * kAlign;
    }
    // False when the arena has less, or capacity is 0 or beyond the maximum.
    bool lay_out(Arena&, std::uint32_t capacity) noexcept;

    Entry& operator[](std::uint32_t slot) noexcept { return entries()[slot]; }
    const Entry& operator[](std::uint32_t slot) const noexcept {
        return entries()[slot];
    }
    std::uint32_t capacity() const noexcept { return capacity_; }
    std::uint32_t live() const noexcept { return live_; }
    bool is_full() const noexcept {
        return free_ == kNone && fresh_ == capacity_;
    }
    std::uint32_t newest() const noexcept { return newest_; }
    std::uint32_t oldest() const noexcept { return oldest_; }
    std::uint32_t fresh() const noexcept { return fresh_; }

    // Reads only what lay_out has written.
    void expect(const Key& key) const noexcept {
        __builtin_prefetch(&bucket(key));
    }
    // kNone when there is none.
    std::uint32_t find(const Key&) const noexcept;
    std::uint32_t find(KeyPrefix) const noexcept;
    // Takes a free slot; kNone when all are linked.
    std::uint32_t claim() noexcept;
    // Makes a claimed slot, with its key in place, findable and the newest.
    void link(std::uint32_t slot) noexcept;
    // Takes a linked slot out and frees it.
    void release(std::uint32_t slot) noexcept;
    void make_newest(std::uint32_t slot) noexcept;

    // Believes nothing but the entries: all that `keep(slot)` says yes to are
    // linked, in the order of `older(a, b)`, the others are free. Takes no
    // memory: the buckets hold the order until they are filled.
    template <class Keep, class Older>
    void rebuild(Keep keep, Older older) noexcept;

private:
    friend struct Inspector;
    static constexpr std::size_t kAlign = 64;

    template <class T>
    T* at(std::size_t offset) const noexcept {
        auto* self = const_cast<Index*>(this);
        return static_cast<T*>(
            static_cast<void*>(reinterpret_cast<char*>(self) + offset));
    }
    std::size_t offset(const void* place) const noexcept {
        return static_cast<std::size_t>(static_cast<const char*>(place) -
                                        reinterpret_cast<const char*>(this));
    }
    Entry* entries() const noexcept { return at<Entry>(entries_); }
    std::uint32_t* buckets() const noexcept {
        return at<std::uint32_t>(buckets_);
    }
    std::uint32_t& bucket(KeyPrefix prefix) const noexcept {
        return buckets()[static_cast<std::uint32_t>(prefix) & mask_];
    }
    std::uint32_t& bucket(const Key& key) const noexcept {
        return bucket(prefix_of(key));
    }
    void append_newest(std::uint32_t slot) noexcept;
    void leave_age_list(std::uint32_t slot) noexcept;

    // Offsets from here, so that a copy of the region is a table too.
    std::size_t entries_ = 0;
    std::size_t buckets_ = 0;
    std::uint32_t capacity_ = 0;
    std::uint32_t mask_ = 0;
    std::uint32_t live_ = 0;
    std::uint32_t free_ = kNone;
    std::uint32_t fresh_ = 0;  // slots from here on were never claimed
    std::uint32_t newest_ = kNone;
    std::uint32_t oldest_ = kNone;
};

template <class Entry>
bool Index<Entry>::lay_out(Arena& arena, std::uint32_t capacity) noexcept {
    if (capacity == 0 || capacity > kMaxCapacity) {
        return false;
    }
    const std::uint32_t count = std::bit_ceil(capacity);
    void* buckets = arena.take(sizeof(std::uint32_t) * count, kAlign);
    void* entries = arena.take(sizeof(Entry) * capacity, kAlign);
    if (buckets == nullptr || entries == nullptr) {
        return false;
    }
    entries_ = offset(entries);
    buckets_ = offset(buckets);
    capacity_ = capacity;
    mask_ = count - 1;
    std::fill_n(this->buckets(), count, kNone);
    return true;
}

template <class Entry>
std::uint32_t Index<Entry>::find(const Key& key) const noexcept {
    std::uint32_t slot = bucket(key);
    while (slot != kNone &&
           std::memcmp(entries()[slot].key, key, sizeof(Key)) != 0) {
        slot = entries()[slot].link.next;
    }
    return slot;
}

template <class Entry>
std::uint32_t Index<Entry>::find(KeyPrefix prefix) const noexcept {
    std::uint32_t slot = bucket(prefix);
    while (slot != kNone && prefix_of(entries()[slot].key) != prefix) {
        slot = entries()[slot].link.next;
    }
    return slot;
}

template <class Entry>
std::uint32_t Index<Entry>::claim() noexcept {
    if (free_ != kNone) {
        const std::uint32_t slot = free_;
        free_ = entries()[slot].link.next;
        return slot;
    }
    if (fresh_ == capacity_) {
        return kNone;
    }
    new (&entries()[fresh_]) Entry{};
    return fresh_++;
}

template <class Entry>
void Index<Entry>::link(std::uint32_t slot) noexcept {
    std::uint32_t& head = bucket(entries()[slot].key);
    entries()[slot].link.next = head;
    head = slot;
    append_newest(slot);
    live_++;
}

template <class Entry>
void Index<Entry>::release(std::uint32_t slot) noexcept {
    std::uint32_t* place = &bucket(entries()[slot].key);
    while (*place != slot) {
        place = &entries()[*place].link.next;
    }
    *place = entries()[slot].link.next;
    leave_age_list(slot);
    entries()[slot].link.next = free_;
    free_ = slot;
    live_--;
}

template <class Entry>
void Index<Entry>::make_newest(std::uint32_t slot) noexcept {
    if (slot != newest_) {
        leave_age_list(slot);
        append_newest(slot);
    }
}

template <class Entry>
void Index<Entry>::append_newest(std::uint32_t slot) noexcept {
    entries()[slot].link.newer = kNone;
    entries()[slot].link.older = newest_;
    (newest_ == kNone ? oldest_ : entries()[newest_].link.newer) = slot;
    newest_ = slot;
}

template <class Entry>
void Index<Entry>::leave_age_list(std::uint32_t slot) noexcept {
    const Link& link = entries()[slot].link;
    (link.newer == kNone ? newest_ : entries()[link.newer].link.older) =
        link.older;
    (link.older == kNone ? oldest_ : entries()[link.older].link.newer) =
        link.newer;
}

template <class Entry>
template <class Keep, class Older>
void Index<Entry>::rebuild(Keep keep, Older older) noexcept {
    std::uint32_t* const order = buckets();
    std::uint32_t count = 0;

    fresh_ = std::min(fresh_, capacity_);
    free_ = newest_ = oldest_ = kNone;
    live_ = 0;
    for (std::uint32_t slot = 0; slot < fresh_; slot++) {
        if (keep(slot)) {
            order[count++] = slot;
        } else {
            entries()[slot].link.next = free_;
            free_ = slot;
        }
    }
    std::sort(order, order + count, older);
    for (std::uint32_t i = 0; i < count; i++) {
        append_newest(order[i]);
    }
    std::fill_n(buckets(), mask_ + 1, kNone);
    for (std::uint32_t slot = oldest_; slot != kNone;
         slot = entries()[slot].link.newer) {
        std::uint32_t& head = bucket(entries()[slot].key);
        entries()[slot].link.next = head;
        head = slot;
        live_++;
    }
}

}  // namespace store
