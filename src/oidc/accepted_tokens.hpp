// Knows of many more tokens than a worker holds identities of that they were
// accepted, and where: 64 bytes each. Who they are of is in the token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/instant.hpp"
#include "crypto/digest.hpp"

namespace oidc {

// One worker's table of fixed size, which takes memory as it fills. A token is
// known by its verdict key: SHA-256 of all its bytes and the policy
// (bearer.hpp).
class AcceptedTokens {
public:
    // `capacity` is rounded up to a power of two.
    explicit AcceptedTokens(std::size_t capacity);
    AcceptedTokens(const AcceptedTokens&) = delete;
    AcceptedTokens& operator=(const AcceptedTokens&) = delete;
    ~AcceptedTokens();

    // Whether the token met the rules that `bit` stands for (known.hpp) under
    // these keys; if so, whether it comes so often that a worker should know
    // it by its identity.
    enum class Use { unknown, seldom, often };
    Use look(const crypto::Digest256& key, std::uint64_t bit,
             std::uint64_t generation, base::Instant now) noexcept;
    // Notes that it has just done so.
    void note(const crypto::Digest256& key, std::uint64_t bit,
              std::uint64_t generation, base::Instant now,
              base::Instant until) noexcept;

private:
    struct Entry;
    Entry* way(const crypto::Digest256& key, std::size_t i) noexcept;
    Entry* find(const crypto::Digest256& key) noexcept;

    std::size_t buckets_;
    std::uint32_t looks_ = 0;
    Entry* entries_;  // zero: free
};

}  // namespace oidc
