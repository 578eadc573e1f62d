// SPDX-License-Identifier: Apache-2.0
#include "oidc/memory/identity_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace oidc::memory {
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
std::size_t tail(Pieces pieces, std::array<char, kHashedTail>& out) noexcept {
    std::size_t room = out.size();

    for (std::size_t i = pieces.size(); i-- > 0 && room > 0;) {
        const std::size_t count = std::min(room, pieces[i].size());
        room -= count;
        pieces[i].copy(out.data() + room, count, pieces[i].size() - count);
    }
    std::memmove(out.data(), out.data() + room, out.size() - room);
    return out.size() - room;
}

std::size_t length(Pieces pieces) noexcept {
    std::size_t sum = 0;

    for (const std::string_view piece : pieces) {
        sum += piece.size();
    }
    return sum;
}

bool equal(std::string_view whole, Pieces pieces) noexcept {
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

base::Secret join(Pieces pieces) {
    std::string joined;

    joined.reserve(length(pieces));
    for (const std::string_view piece : pieces) {
        joined.append(piece);
    }
    return base::Secret::take(joined);
}

// Cannot be foreseen without the seed; equality never rests on it.
std::uint64_t hash(std::uint64_t seed, std::uint64_t policy_id,
                   Pieces pieces) noexcept {
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
    std::uint64_t policy_id = 0;
    base::Secret credential;  // wiped when it goes
    IdentityTable::Entry entry;

    bool is(std::uint64_t policy, Pieces pieces) const noexcept {
        return policy_id == policy && equal(credential.reveal(), pieces);
    }
};

// The hashes of a bucket's slots, in one cache line. All heads are next to each
// other, since most look-ups of an absent credential end here.
struct alignas(64) Head {
    std::array<std::uint64_t, kWays> hashes{};
    std::array<std::uint64_t, kWays> used{};  // the table's tick; 0: free

    // A free slot, else the least recently used one.
    std::size_t oldest() const noexcept {
        return static_cast<std::size_t>(
            std::min_element(used.begin(), used.end()) - used.begin());
    }
};

}  // namespace

struct IdentityTable::State {
    std::uint64_t seed;
    std::uint64_t tick = 0;
    std::vector<Head> heads;
    std::vector<std::array<Slot, kWays>> slots;  // of the same buckets

    std::size_t bucket(std::uint64_t h) const noexcept {
        return h & (heads.size() - 1);
    }
    // kWays when it is not there.
    std::size_t find(std::size_t at, std::uint64_t h, std::uint64_t policy_id,
                     Pieces credential) const noexcept {
        const Head& head = heads[at];
        std::size_t i = 0;
        while (i < kWays && !(head.hashes[i] == h && head.used[i] != 0 &&
                              slots[at][i].is(policy_id, credential))) {
            i++;
        }
        return i;
    }
};

IdentityTable::IdentityTable(std::size_t capacity, std::uint64_t seed)
    : state_(new State{.seed = seed, .heads = {}, .slots = {}}) {
    const std::size_t wanted = (capacity + kWays - 1) / kWays;
    const std::size_t buckets = std::bit_ceil(std::max<std::size_t>(wanted, 1));

    state_->heads.resize(buckets);
    state_->slots.resize(buckets);
}

IdentityTable::~IdentityTable() {
    delete state_;
}

IdentityTable::Entry* IdentityTable::find(std::uint64_t policy_id,
                                          Pieces credential) {
    const std::uint64_t h = hash(state_->seed, policy_id, credential);
    const std::size_t at = state_->bucket(h);
    const std::size_t i = state_->find(at, h, policy_id, credential);

    if (i == kWays) {
        return nullptr;
    }
    state_->heads[at].used[i] = ++state_->tick;
    return &state_->slots[at][i].entry;
}

void IdentityTable::put(std::uint64_t policy_id, Pieces credential,
                        Entry entry) {
    if (length(credential) > kMaxCredentialBytes) {
        return;
    }
    const std::uint64_t h = hash(state_->seed, policy_id, credential);
    const std::size_t at = state_->bucket(h);
    std::size_t i = state_->find(at, h, policy_id, credential);
    Head& head = state_->heads[at];

    if (i == kWays) {
        i = head.oldest();
        Slot& slot = state_->slots[at][i];
        head.used[i] = 0;  // free, should the next line run out of memory
        slot.credential = join(credential);
        slot.policy_id = policy_id;
        head.hashes[i] = h;
    }
    state_->slots[at][i].entry = std::move(entry);
    head.used[i] = ++state_->tick;
}

void IdentityTable::erase(std::uint64_t policy_id, Pieces credential) {
    const std::uint64_t h = hash(state_->seed, policy_id, credential);
    const std::size_t at = state_->bucket(h);
    const std::size_t i = state_->find(at, h, policy_id, credential);

    if (i != kWays) {
        state_->heads[at].used[i] = 0;
        state_->slots[at][i] = Slot{};
    }
}

}  // namespace oidc::memory
