// SPDX-License-Identifier: Apache-2.0
#include "store/owned_entries.hpp"

#include <cstring>
#include <limits>

namespace store {
namespace {

// The key of one of an owner's places.
struct Place {
    Key key;
    Place(const Key& owner, std::uint32_t number) noexcept {
        std::uint32_t head;
        std::memcpy(key, owner, sizeof(Key));
        std::memcpy(&head, key, sizeof(head));
        head ^= number;
        std::memcpy(key, &head, sizeof(head));
    }
};

}  // namespace

void note_owned(StampTable& places, BlobTable& entries, const Key& owner,
                const Key& entry, std::int64_t now, std::int64_t expires,
                std::uint32_t limit) noexcept {
    std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
    std::uint32_t number = 0;

    for (std::uint32_t i = 0; i < limit; i++) {
        const auto stamp = places.find(Place(owner, i).key, now);
        const auto used =
            stamp ? entries.last_use(stamp->value, now) : std::nullopt;
        if (!used) {
            number = i;
            break;
        }
        if (*used < oldest) {
            oldest = *used;
            number = i;
        }
    }
    const Place place(owner, number);
    if (const auto stamp = places.find(place.key, now)) {
        entries.evict(stamp->value, now);
    }
    places.put(place.key, {expires, prefix_of(entry)}, now);
}

std::optional<BlobTable::Known> owned_entry(const StampTable& places,
                                            const BlobTable& entries,
                                            const Key& owner,
                                            std::uint32_t place,
                                            std::int64_t now) noexcept {
    const auto stamp = places.find(Place(owner, place).key, now);
    return stamp ? entries.known(stamp->value, now) : std::nullopt;
}

}  // namespace store
