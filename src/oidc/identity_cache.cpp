#include "oidc/identity_cache.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace oidc {
namespace {

constexpr std::size_t kWays = 4;

constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

// The part of a credential that a hash reads: signatures, tags and random ids
// are at the end, so that different ones differ there.
constexpr std::size_t kHashedTail = 32;

// The last bytes of the pieces, as many as there are room for: their number.
std::size_t tail(IdentityCache::Pieces pieces,
                 std::array<char, kHashedTail>& out) noexcept {
    std::size_t room = out.size();

    for (std::size_t i = pieces.size(); i-- > 0 && room > 0;) {
        const std::size_t count = std::min(room, pieces[i].size());
        room -= count;
        pieces[i].copy(out.data() + room, count, pieces[i].size() - count);
    }
    std::memmove(out.data(), out.data() + room, out.size() - room);
    return out.size() - room;
}

std::size_t length(IdentityCache::Pieces pieces) noexcept {
    std::size_t sum = 0;

    for (const std::string_view piece : pieces) {
        sum += piece.size();
    }
    return sum;
}

bool equal(std::string_view whole, IdentityCache::Pieces pieces) noexcept {
    if (whole.size() != length(pieces)) {
        return false;
    }
    for (const std::string_view piece : pieces) {
        if (!whole.starts_with(piece)) {
            return false;
        }
        whole.remove_prefix(piece.size());
    }
    return true;
}

base::Secret join(IdentityCache::Pieces pieces) {
    std::string joined;

    joined.reserve(length(pieces));
    for (const std::string_view piece : pieces) {
        joined.append(piece);
    }
    return base::Secret::take(joined);
}

// Cannot be foreseen without the seed; equality never rests on it.
std::uint64_t hash(std::uint64_t seed, std::uint64_t policy_id,
                   IdentityCache::Pieces pieces) noexcept {
    std::uint64_t state = mix(seed ^ policy_id) + length(pieces);
    std::array<char, kHashedTail> last{};
    const std::size_t count = tail(pieces, last);

    for (std::size_t i = 0; i < count; i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, last.data() + i, std::min(sizeof word, count - i));
        state = (std::rotl(state, 23) ^ word) * 0x9e3779b97f4a7c15u;
    }
    return mix(state ^ seed);
}

struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t policy_id = 0;
    std::uint64_t used = 0;   // the table's tick; 0: free
    base::Secret credential;  // wiped when it goes
    IdentityCache::Entry entry;

    bool is(std::uint64_t h, std::uint64_t policy,
            IdentityCache::Pieces pieces) const noexcept {
        return used != 0 && hash == h && policy_id == policy &&
               equal(credential.reveal(), pieces);
    }
};

using Bucket = std::array<Slot, kWays>;

}  // namespace

struct IdentityCache::State {
    std::uint64_t seed;
    std::uint64_t tick = 0;
    std::vector<Bucket> buckets;

    Bucket& bucket(std::uint64_t h) noexcept {
        return buckets[h & (buckets.size() - 1)];
    }
    Slot* find(std::uint64_t h, std::uint64_t policy_id,
               Pieces credential) noexcept {
        for (Slot& slot : bucket(h)) {
            if (slot.is(h, policy_id, credential)) {
                return &slot;
            }
        }
        return nullptr;
    }
    // A free slot, else the least recently used one.
    Slot& oldest(std::uint64_t h) noexcept {
        Bucket& slots = bucket(h);
        Slot* oldest = &slots.front();
        for (Slot& slot : slots) {
            if (slot.used < oldest->used) {
                oldest = &slot;
            }
        }
        return *oldest;
    }
};

IdentityCache::IdentityCache(std::size_t capacity, std::uint64_t seed)
    : state_(new State{.seed = seed, .buckets = {}}) {
    const std::size_t buckets = (capacity + kWays - 1) / kWays;

    state_->buckets.resize(std::bit_ceil(std::max<std::size_t>(buckets, 1)));
}

IdentityCache::~IdentityCache() {
    delete state_;
}

IdentityCache::Entry* IdentityCache::find(std::uint64_t policy_id,
                                          Pieces credential) {
    const std::uint64_t h = hash(state_->seed, policy_id, credential);
    Slot* slot = state_->find(h, policy_id, credential);

    if (!slot) {
        return nullptr;
    }
    slot->used = ++state_->tick;
    return &slot->entry;
}

void IdentityCache::put(std::uint64_t policy_id, Pieces credential,
                        Entry entry) {
    if (length(credential) > kMaxCredentialBytes) {
        return;
    }
    const std::uint64_t h = hash(state_->seed, policy_id, credential);
    Slot* slot = state_->find(h, policy_id, credential);

    if (!slot) {
        slot = &state_->oldest(h);
        slot->used = 0;  // free, should the next line run out of memory
        slot->credential = join(credential);
        slot->hash = h;
        slot->policy_id = policy_id;
    }
    slot->entry = std::move(entry);
    slot->used = ++state_->tick;
}

void IdentityCache::erase(std::uint64_t policy_id, Pieces credential) {
    const std::uint64_t h = hash(state_->seed, policy_id, credential);

    if (Slot* slot = state_->find(h, policy_id, credential)) {
        *slot = Slot{};
    }
}

}  // namespace oidc
