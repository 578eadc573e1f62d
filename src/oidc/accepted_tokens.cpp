#include "oidc/accepted_tokens.hpp"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

namespace oidc {
namespace {

constexpr std::size_t kWays = 8;
// Of so many uses one goes the long way.
constexpr std::uint32_t kTurns = 64;

}  // namespace

struct AcceptedTokens::Entry {
    crypto::Digest256 key;
    std::uint64_t bits;  // 0: free
    std::uint64_t generation;
    std::int64_t until;
    std::uint32_t uses;
};

AcceptedTokens::AcceptedTokens(std::size_t capacity)
    : buckets_(std::bit_ceil((capacity + kWays - 1) / kWays)),
      entries_(
          static_cast<Entry*>(std::calloc(buckets_ * kWays, sizeof(Entry)))) {
    static_assert(sizeof(Entry) == 64);
    if (entries_ == nullptr) {
        buckets_ = 0;  // nothing is known
    }
}

AcceptedTokens::~AcceptedTokens() {
    std::free(entries_);
}

AcceptedTokens::Entry* AcceptedTokens::bucket(
    const crypto::Digest256& key) noexcept {
    std::uint64_t number = 0;

    std::memcpy(&number, key.data(), sizeof number);
    return buckets_ == 0 ? nullptr
                         : entries_ + (number & (buckets_ - 1)) * kWays;
}

AcceptedTokens::Entry* AcceptedTokens::find(
    const crypto::Digest256& key) noexcept {
    Entry* at = bucket(key);

    for (std::size_t i = 0; at && i < kWays; i++, at++) {
        if (at->bits != 0 && at->key == key) {
            return at;
        }
    }
    return nullptr;
}

bool AcceptedTokens::has(const crypto::Digest256& key, std::uint64_t bit,
                         std::uint64_t generation, base::Instant now) noexcept {
    Entry* entry = find(key);

    return entry && (entry->bits & bit) != 0 &&
           entry->generation == generation &&
           now.time_since_epoch().count() < entry->until &&
           ++entry->uses % kTurns != 0;
}

void AcceptedTokens::note(const crypto::Digest256& key, std::uint64_t bit,
                          std::uint64_t generation, base::Instant now,
                          base::Instant until) noexcept {
    const std::int64_t seconds = now.time_since_epoch().count();
    const std::int64_t end = until.time_since_epoch().count();
    Entry* const first = bucket(key);
    Entry* entry = find(key);

    if (first == nullptr || bit == 0 || end <= seconds) {
        return;
    }
    if (entry && entry->generation == generation && seconds < entry->until) {
        entry->bits |= bit;
        return;
    }
    // Its own, else one that is free or over, else any.
    for (std::size_t i = 0; !entry && i < kWays; i++) {
        if (first[i].bits == 0 || first[i].until <= seconds) {
            entry = &first[i];
        }
    }
    if (!entry) {
        entry = &first[key.back() % kWays];
    }
    *entry = {key, bit, generation, end, 0};
}

}  // namespace oidc
