#include "store/lease_table.hpp"

#include <limits>
#include <new>

namespace store {

std::size_t LeaseTable::bytes(std::uint32_t capacity) noexcept {
    return sizeof(LeaseTable) + StampTable::bytes(capacity);
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
    const auto kLast = std::numeric_limits<std::int64_t>::max();
    const std::int64_t until = hold < kLast - now ? now + hold : kLast;
    const auto stamp = owners_.find(key, now);

    if (stamp) {
        return {stamp->value == kNobody ? Outcome::resting : Outcome::held,
                stamp->until};
    }
    if (!owners_.put_if_absent(key, {until, owner}, now)) {
        return {Outcome::full, now};
    }
    return {Outcome::granted, until};
}

bool LeaseTable::release(const Key& key, std::uint64_t owner, std::int64_t now,
                         std::int64_t rest_until) noexcept {
    const auto stamp = owners_.find(key, now);
    if (!stamp || stamp->value != owner) {
        return false;
    }
    if (rest_until <= now) {
        return owners_.remove(key);
    }
    owners_.put(key, {rest_until, kNobody}, now);
    return true;
}

}  // namespace store
