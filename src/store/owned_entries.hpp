// SPDX-License-Identifier: Apache-2.0
// How many entries of a table one owner may have: the places of each owner are
// stamps, which name the entries by their prefixes.
#pragma once

#include "store/blob_table.hpp"
#include "store/stamp_table.hpp"

namespace store {

// Notes an entry that was just put. When its owner has `limit` others, the one
// that was used longest ago is evicted. An owner whose stamps had to make room
// for those of others has that many entries more.
void note_owned(StampTable& places, BlobTable& entries, const Key& owner,
                const Key& entry, std::int64_t now, std::int64_t expires,
                std::uint32_t limit) noexcept;

// The entry at one of an owner's places.
std::optional<BlobTable::Known> owned_entry(const StampTable& places,
                                            const BlobTable& entries,
                                            const Key& owner,
                                            std::uint32_t place,
                                            std::int64_t now) noexcept;

// Calls visit(BlobTable::Known) for each entry that is known to be an owner's.
template <class Visit>
void each_owned(const StampTable& places, const BlobTable& entries,
                const Key& owner, std::int64_t now, std::uint32_t limit,
                Visit visit) {
    for (std::uint32_t i = 0; i < limit; i++) {
        if (const auto one = owned_entry(places, entries, owner, i, now)) {
            visit(*one);
        }
    }
}

}  // namespace store
