// SPDX-License-Identifier: Apache-2.0
// Selects the endpoint that judges a bearer token which is not verified
// locally.
#pragma once

#include <string_view>

#include "oidc/credential/exchange.hpp"

namespace oidc::credential {

// How old an answer about a token may get where token_cache_ttl does not
// say: for so long a revoked token still passes.
inline constexpr base::Seconds kMaxCheckAge{60};

// Never served once it is no longer fresh.
Lifetime check_lifetime(const Provider&, base::Instant expires,
                        base::Instant now);

// Whether the provider is asked: about opaque tokens where the location
// accepts introspection or userinfo, about JWTs only where it does not accept
// `bearer` beside them.
bool asks_provider(const Location&, std::string_view token);

// Introspection where both are accepted; the other one is never tried.
// Cognito has none: there it counts only with an introspection_endpoint.
Method opaque_method(const Provider&, const Location&);
std::unique_ptr<Credential> opaque_token(const RequestContext&,
                                         std::string_view token);

}  // namespace oidc::credential
