// SPDX-License-Identifier: Apache-2.0
// The identities that a worker has seen lately, found by the credential in one
// look-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "oidc/identity.hpp"
#include "oidc/ports.hpp"

namespace oidc::memory {

// The bytes of a credential, one piece after the other.
using Pieces = std::span<const std::string_view>;

// The table of one worker, of fixed size. Entries are found by a cheap hash
// under a random seed, and compared by all bytes of the credential and the
// policy id. A full bucket evicts its least recently used entry.
class IdentityTable {
public:
    // Longer ones are not kept, so that the table's memory has a bound.
    static constexpr std::size_t kMaxCredentialBytes = 8 * 1024;

    struct Entry {
        IdentityRef identity;
        base::Instant until;       // not used at or after it
        std::uint64_t generation;  // judged_by (tokens), else 0
        SessionHandle handle;      // sessions of the memory store
        base::Instant touched;     // when last_used was written
        // For sessions: when their tokens have to be looked at again.
        base::Instant tokens_until = base::Instant::max();
        // Ports::logouts() when the session was judged; another makes it void.
        std::uint64_t logouts = 0;
        // By Location::index: whose rules the token met (acceptance.hpp).
        // Void with the entry.
        std::uint64_t accepted = 0;

        // Neither too old nor judged by other keys.
        bool is_good(std::uint64_t keys, base::Instant now) const noexcept {
            return now < until && generation == keys;
        }
    };

    // `capacity` is rounded up to a power of two.
    IdentityTable(std::size_t capacity, std::uint64_t seed);
    IdentityTable(const IdentityTable&) = delete;
    IdentityTable& operator=(const IdentityTable&) = delete;
    ~IdentityTable();

    // Null when unknown. The entry holds until the next call of any member.
    Entry* find(std::uint64_t policy_id, Pieces credential);
    Entry* find(std::uint64_t policy_id, std::string_view credential) {
        return find(policy_id, Pieces(&credential, 1));
    }
    void put(std::uint64_t policy_id, Pieces credential, Entry);
    void put(std::uint64_t policy_id, std::string_view credential,
             Entry entry) {
        put(policy_id, Pieces(&credential, 1), std::move(entry));
    }
    void erase(std::uint64_t policy_id, Pieces credential);
    void erase(std::uint64_t policy_id, std::string_view credential) {
        erase(policy_id, Pieces(&credential, 1));
    }

private:
    struct State;
    State* state_;
};

}  // namespace oidc::memory
