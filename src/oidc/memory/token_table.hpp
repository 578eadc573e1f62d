// SPDX-License-Identifier: Apache-2.0
// Digests of accepted tokens with the locations that accepted them, 64 bytes
// each: many more than a worker holds identities of. The identity is read from
// the token again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/instant.hpp"
#include "crypto/digest.hpp"

namespace oidc::memory {

// The table of one worker, of fixed size, which takes memory as it fills. The
// key of a token is that of its verdict: SHA-256 of all its bytes and the
// policy (token_digest.hpp). Its last bytes select the bucket, so that memory
// is prefetched while the key is computed.
class TokenTable {
public:
    // `capacity` is rounded up to a power of two.
    explicit TokenTable(std::size_t capacity);
    TokenTable(const TokenTable&) = delete;
    TokenTable& operator=(const TokenTable&) = delete;
    ~TokenTable();

    // The token will be looked for.
    void expect(std::string_view token) const noexcept;
    // Whether the token met the rules that `bit` stands for (acceptance.hpp)
    // under these keys; if so, whether it comes so often that a worker should
    // know it by its identity.
    enum class Use { unknown, seldom, often };
    Use look(std::string_view token, const crypto::Digest256& key,
             std::uint64_t bit, std::uint64_t generation,
             base::Instant now) noexcept;
    // Notes that it has just done so.
    void note(std::string_view token, const crypto::Digest256& key,
              std::uint64_t bit, std::uint64_t generation, base::Instant now,
              base::Instant until) noexcept;

private:
    struct Entry;
    // Its bucket, one entry after the other, from where its place says: most
    // are found at once.
    Entry* way(std::uint64_t place, std::size_t i) const noexcept;
    Entry* find(std::uint64_t place, const crypto::Digest256& key) noexcept;

    std::size_t buckets_;
    std::uint32_t looks_ = 0;
    Entry* entries_;  // zero: free
};

}  // namespace oidc::memory
