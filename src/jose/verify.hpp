// SPDX-License-Identifier: Apache-2.0
// Verifies a token. No other function makes a VerifiedToken.
#pragma once

#include <string_view>

#include "jose/claims.hpp"
#include "jose/digested_token.hpp"
#include "jose/jwks.hpp"
#include "jose/jws.hpp"

namespace jose {

enum class TypRule {
    id_token,      // absent, JWT
    access_token,  // absent, JWT, at+jwt
    logout_token   // absent, JWT, logout+jwt
};

struct VerifyRule {
    AlgSet algs;
    TypRule typ = TypRule::access_token;
    Limits limits = {};
    // For HS* alone; empty means that none verifies.
    std::string_view hmac_key = {};
};

// Claims whose signature was checked with a key of the provider. Issuer,
// times and audience are still the caller's to judge.
class VerifiedToken {
public:
    const Claims& claims() const noexcept { return claims_; }
    Claims take_claims() && noexcept { return std::move(claims_); }
    Alg alg() const noexcept { return alg_; }

private:
    friend class Verifier;
    VerifiedToken(Claims claims, Alg alg) noexcept
        : claims_(std::move(claims)), alg_(alg) {}
    Claims claims_;
    Alg alg_;
};

// unknown_kid when no key fits: the caller may fetch the keys anew and ask
// again. Every other error is final.
base::Result<VerifiedToken> verify(std::string_view token, const KeySet&,
                                   const VerifyRule&);
// Like the function above, without computing a digest again.
base::Result<VerifiedToken> verify(const DigestedToken&, const KeySet&,
                                   const VerifyRule&);

}  // namespace jose
