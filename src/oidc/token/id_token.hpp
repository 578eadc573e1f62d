// SPDX-License-Identifier: Apache-2.0
// Decides whether an ID token proves a login (OIDC Core 3.1.3.7).
#pragma once

#include <string_view>

#include "jose/verify.hpp"
#include "oidc/policy.hpp"
#include "oidc/token/token_rules.hpp"

namespace oidc::token {

// How long before the callback an ID token may have been issued.
inline constexpr base::Seconds kIatSlack{600};
inline constexpr std::size_t kMaxSubBytes = 255;  // OIDC Core 2

// What the token must be bound to.
struct LoginProof {
    std::string_view nonce;
    std::string_view access_token;
};

// Whether client_id is among the audiences, and all others are trusted (OIDC
// Core 3.1.3.7 (3)).
base::Status check_audience(const jose::Claims&, const Provider&);

// unknown_kid: the keys may be fetched anew, and the question put again.
base::Result<jose::Claims> verify_id_token(std::string_view token,
                                           const jose::KeySet&, const Provider&,
                                           const LoginProof&,
                                           base::Instant now);

// After a refresh (OIDC Core 12.2), the token must belong to the same login as
// `before`, the previous claims. A nonce is optional.
base::Result<jose::Claims> verify_refreshed_id_token(
    std::string_view token, const jose::KeySet&, const Provider&,
    const jose::Claims& before, std::string_view access_token,
    base::Instant now);

}  // namespace oidc::token
