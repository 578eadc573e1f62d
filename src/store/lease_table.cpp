// SPDX-License-Identifier: Apache-2.0
#include "store/lease_table.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace store {
namespace {

std::int64_t end_of(std::int64_t now, std::int64_t hold) noexcept {
    const auto kLast = std::numeric_limits<std::int64_t>::max();
    return hold < kLast - now ? now + hold : kLast;
}

}  // namespace

std::size_t LeaseTable::bytes(std::uint32_t capacity) noexcept {
    return sizeof(LeaseTable) + StampTable::bytes(capacity);
}

std::uint32_t LeaseTable::capacity_for(std::size_t size) noexcept {
    return StampTable::capacity_for(size - std::min(size, bytes(0)));
}

LeaseTable* LeaseTable::create(Arena& arena, std::uint32_t capacity) noexcept {
    void* const place = arena.take(sizeof(LeaseTable), alignof(LeaseTable));
    if (place == nullptr) {
        return nullptr;
    }
    auto* table = new (place) LeaseTable;
    return table->owners_.lay_out(arena, capacity) ? table : nullptr;
}

LeaseTable* LeaseTable::attach(void* at) noexcept {
    auto* table = static_cast<LeaseTable*>(at);
    return table->layout_ == kLayout &&
                   table->owners_.layout_ == StampTable::kLayout
               ? table
               : nullptr;
}

void LeaseTable::recover() noexcept {
    owners_.recover();
}

LeaseTable::Answer LeaseTable::acquire(const Key& key, std::uint64_t owner,
                                       std::int64_t now,
                                       std::int64_t hold) noexcept {
    const std::int64_t until = end_of(now, hold);
    const auto stamp = owners_.find(key, now);

    if (stamp && stamp->value == kNobody) {
        return {Outcome::resting, stamp->until};
    }
    if (stamp && stamp->value == kNobodyFailed) {
        return {Outcome::failing, stamp->until};
    }
    if (stamp) {
        return {Outcome::held, stamp->until, stamp->value};
    }
    if (!owners_.put_if_absent(key, {until, owner}, now)) {
        return {Outcome::full, now};
    }
    return {Outcome::granted, until};
}

bool LeaseTable::take_over(const Key& key, std::uint64_t gone,
                           std::uint64_t owner, std::int64_t now,
                           std::int64_t hold) noexcept {
    const auto stamp = owners_.find(key, now);
    if (!stamp || stamp->value != gone) {
        return false;
    }
    owners_.put(key, {end_of(now, hold), owner}, now);
    return true;
}

bool LeaseTable::release(const Key& key, std::uint64_t owner, std::int64_t now,
                         std::int64_t rest_until, Rest why) noexcept {
    const auto stamp = owners_.find(key, now);
    if (!stamp || stamp->value != owner) {
        return false;
    }
    if (rest_until <= now) {
        return owners_.remove(key);
    }
    owners_.put(key, {rest_until, why == Rest::done ? kNobody : kNobodyFailed},
                now);
    return true;
}

}  // namespace store
