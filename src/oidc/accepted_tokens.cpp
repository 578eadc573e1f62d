#include "oidc/accepted_tokens.hpp"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

namespace oidc {
namespace {

constexpr std::size_t kWays = 8;
// A token is in use that comes back within so many looks: a part of the
// identities that a worker holds.
constexpr std::uint32_t kOften = 4096;

}  // namespace

struct AcceptedTokens::Entry {
    crypto::Digest256 key;
    std::uint64_t bits;  // 0: free
    std::uint64_t generation;
    std::int64_t until;
    std::uint32_t looked;  // the table's count of looks when it came last
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

// The key's bucket, one entry after the other, from where the key says: most
// are found at once.
AcceptedTokens::Entry* AcceptedTokens::way(const crypto::Digest256& key,
                                           std::size_t i) noexcept {
    std::uint64_t number = 0;

    std::memcpy(&number, key.data(), sizeof number);
    return entries_ + (number & (buckets_ - 1)) * kWays +
           (key.back() + i) % kWays;
}

AcceptedTokens::Entry* AcceptedTokens::find(
    const crypto::Digest256& key) noexcept {
    for (std::size_t i = 0; buckets_ != 0 && i < kWays; i++) {
        Entry* const at = way(key, i);
        if (at->bits == 0) {  // none is ever freed: it would be here
            return nullptr;
        }
        if (at->key == key) {
            return at;
        }
    }
    return nullptr;
}

AcceptedTokens::Use AcceptedTokens::look(const crypto::Digest256& key,
                                         std::uint64_t bit,
                                         std::uint64_t generation,
                                         base::Instant now) noexcept {
    Entry* const entry = find(key);

    looks_++;
    if (!entry || (entry->bits & bit) == 0 || entry->generation != generation ||
        now.time_since_epoch().count() >= entry->until) {
        return Use::unknown;
    }
    const std::uint32_t since = looks_ - entry->looked;
    entry->looked = looks_;
    return since <= kOften ? Use::often : Use::seldom;
}

void AcceptedTokens::note(const crypto::Digest256& key, std::uint64_t bit,
                          std::uint64_t generation, base::Instant now,
                          base::Instant until) noexcept {
    const std::int64_t seconds = now.time_since_epoch().count();
    const std::int64_t end = until.time_since_epoch().count();
    Entry* entry = find(key);

    if (buckets_ == 0 || bit == 0 || end <= seconds) {
        return;
    }
    if (entry && entry->generation == generation && seconds < entry->until) {
        entry->bits |= bit;
        return;
    }
    // Its own, else one that is free or over, else any.
    for (std::size_t i = 0; !entry && i < kWays; i++) {
        Entry* const at = way(key, i);
        if (at->bits == 0 || at->until <= seconds) {
            entry = at;
        }
    }
    if (!entry) {
        entry = way(key, 0);
    }
    *entry = {key, bit, generation, end, looks_};
}

}  // namespace oidc
