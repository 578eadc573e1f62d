// SPDX-License-Identifier: Apache-2.0
// The key set of a provider (RFC 7517 5), and the choice of the key for a
// token.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "crypto/pkey.hpp"
#include "jose/alg.hpp"
#include "jose/jws.hpp"

namespace jose {

inline constexpr std::size_t kMaxKeys = 64;
inline constexpr std::size_t kMaxJwksBytes = 256 * 1024;
// Keys tried for a token without kid, or for a kid that is not unique.
inline constexpr std::size_t kMaxCandidates = 4;

struct Jwk {
    std::string kid;         // "" when absent
    std::optional<Alg> alg;  // when given, the only one the key may serve
    crypto::PublicKey key;
};

// Whether the key's type, curve, `alg` and size fit the algorithm.
bool fits(const Jwk&, Alg) noexcept;

// One member of "keys": kty RSA, EC or OKP; use absent or "sig"; key_ops
// absent or with "verify"; private members and certificates unread.
base::Result<Jwk> import_jwk(base::json::Value);

class KeySet {
public:
    // Unusable members are left out and counted; none usable is an error,
    // so that an empty set never replaces a good one.
    static base::Result<KeySet> parse(std::string_view text);

    // At most kMaxCandidates keys that fit; `kid` absent: all that fit, and
    // none when more than kMaxCandidates do.
    class Candidates {
    public:
        const Jwk* const* begin() const noexcept { return keys_.data(); }
        const Jwk* const* end() const noexcept { return begin() + count_; }
        bool empty() const noexcept { return count_ == 0; }
        std::size_t size() const noexcept { return count_; }

    private:
        friend class KeySet;
        std::array<const Jwk*, kMaxCandidates> keys_{};
        std::size_t count_ = 0;
    };
    Candidates candidates(std::optional<std::string_view> kid, Alg) const;
    // The header of a token that one of these keys has verified: nearly all
    // tokens of a provider begin alike. Null: another one.
    const JwsHeader* known_header(std::string_view encoded) const noexcept {
        return !encoded.empty() && encoded == known_encoded_ ? &known_
                                                             : nullptr;
    }
    void know_header(std::string_view encoded, JwsHeader header) const {
        known_encoded_.clear();
        known_ = std::move(header);
        known_encoded_ = encoded;
    }
    std::size_t size() const noexcept { return keys_.size(); }
    std::size_t ignored() const noexcept { return ignored_; }

private:
    std::vector<Jwk> keys_;
    std::size_t ignored_ = 0;
    // A cache that is compared by all its bytes, and does not change results.
    mutable std::string known_encoded_;
    mutable JwsHeader known_{};
};

}  // namespace jose
