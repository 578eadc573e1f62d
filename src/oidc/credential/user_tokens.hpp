// SPDX-License-Identifier: Apache-2.0
// The identity in tokens that the provider gave our own client for a user, by a
// password or a refresh token.
#pragma once

#include "oidc/credential/grant_cache.hpp"
#include "oidc/provider/token_endpoint.hpp"

namespace oidc::credential {

Grant grant_of(provider::TokenResponse);

// Every token that is a proof is verified: Cognito's both, elsewhere the ID
// token, or without one the access token, which may be opaque otherwise. They
// must be for our client and about one person. The claims are the ID token's,
// as in a session; without one the access token's.
base::Result<std::unique_ptr<Identity>> verify_user_tokens(
    const RequestContext&, Method, const Grant&, base::Instant now);

}  // namespace oidc::credential
