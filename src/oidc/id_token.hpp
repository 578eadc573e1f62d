// Knows when an ID token proves a login (OIDC Core 3.1.3.7).
#pragma once

#include <string_view>

#include "jose/verify.hpp"
#include "oidc/policy.hpp"

namespace oidc {

// How long before the callback an ID token may have been issued.
inline constexpr base::Seconds kIatSlack{600};
inline constexpr std::size_t kMaxSubBytes = 255;  // OIDC Core 2

// What the token must be tied to.
struct LoginProof {
    std::string_view nonce;
    std::string_view access_token;
};

// unknown_kid: the keys may be fetched anew, and the question put again.
base::Result<jose::Claims> verify_id_token(std::string_view token,
                                           const jose::KeySet&, const Provider&,
                                           const LoginProof&,
                                           base::Instant now);

}  // namespace oidc
