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

}  // namespace store
