// SPDX-License-Identifier: Apache-2.0
#include "oidc/memory/token_table.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>

namespace oidc::memory {
namespace {

constexpr std::size_t kWays = 8;
// A token is in use that comes back within so many looks: a part of the
// identities that a worker holds.
constexpr std::uint32_t kOften = 4096;

// The bucket comes from the last 8 bytes of the signature, which a client
// cannot choose.
std::uint64_t place_of(std::string_view token) noexcept {
    std::uint64_t last = 0;
    const std::size_t count = std::min(sizeof last, token.size());

    token.copy(reinterpret_cast<char*>(&last), count, token.size() - count);
    return last * 0x9e3779b97f4a7c15u >> 32;
}

}  // namespace

struct TokenTable::Entry {
    crypto::Digest256 key;
    std::uint64_t bits;  // 0: free
    std::uint64_t generation;
    std::int64_t until;
    std::uint32_t looked;  // the table's count of looks when it came last
};

TokenTable::TokenTable(std::size_t capacity)
    : buckets_(std::bit_ceil((capacity + kWays - 1) / kWays)),
      entries_(
          static_cast<Entry*>(std::calloc(buckets_ * kWays, sizeof(Entry)))) {
    static_assert(sizeof(Entry) == 64);
    if (entries_ == nullptr) {
        buckets_ = 0;  // nothing is known
    }
}

TokenTable::~TokenTable() {
    std::free(entries_);
}

TokenTable::Entry* TokenTable::way(std::uint64_t place,
                                   std::size_t i) const noexcept {
    return entries_ + (place / kWays & (buckets_ - 1)) * kWays +
           (place + i) % kWays;
}

TokenTable::Entry* TokenTable::find(std::uint64_t place,
                                    const crypto::Digest256& key) noexcept {
    for (std::size_t i = 0; buckets_ != 0 && i < kWays; i++) {
        Entry* const at = way(place, i);
        if (at->bits == 0) {  // none is ever freed: it would be here
            return nullptr;
        }
        if (at->key == key) {
            return at;
        }
    }
    return nullptr;
}

void TokenTable::expect(std::string_view token) const noexcept {
    if (buckets_ != 0) {
        __builtin_prefetch(way(place_of(token), 0), 1);
    }
}

TokenTable::Use TokenTable::look(std::string_view token,
                                 const crypto::Digest256& key,
                                 std::uint64_t bit, std::uint64_t generation,
                                 base::Instant now) noexcept {
    Entry* const entry = find(place_of(token), key);

    looks_++;
    if (!entry || (entry->bits & bit) == 0 || entry->generation != generation ||
        now.time_since_epoch().count() >= entry->until) {
        return Use::unknown;
    }
    const std::uint32_t since = looks_ - entry->looked;
    entry->looked = looks_;
    return since <= kOften ? Use::often : Use::seldom;
}

void TokenTable::note(std::string_view token, const crypto::Digest256& key,
                      std::uint64_t bit, std::uint64_t generation,
                      base::Instant now, base::Instant until) noexcept {
    const std::int64_t seconds = now.time_since_epoch().count();
    const std::int64_t end = until.time_since_epoch().count();
    const std::uint64_t place = place_of(token);
    Entry* entry = find(place, key);

    if (buckets_ == 0 || bit == 0 || end <= seconds) {
        return;
    }
    if (entry && entry->generation == generation && seconds < entry->until) {
        entry->bits |= bit;
        return;
    }
    // Its own, else one that is free or over, else any.
    for (std::size_t i = 0; !entry && i < kWays; i++) {
        Entry* const at = way(place, i);
        if (at->bits == 0 || at->until <= seconds) {
            entry = at;
        }
    }
    if (!entry) {
        entry = way(place, 0);
    }
    *entry = {key, bit, generation, end, looks_};
}

}  // namespace oidc::memory
