// SPDX-License-Identifier: Apache-2.0
// Whether the provider signed a token.
#pragma once

#include "jose/digested_token.hpp"
#include "jose/verify.hpp"
#include "oidc/flow.hpp"

namespace oidc::token {

// The keys for verifying a token, also when none is needed (HS*). Else
// keys_unavailable, or for a malformed token, what is wrong with it.
base::Result<Keys> keys_at_hand(const RequestContext&, std::string_view token);

// Whether the token may be signed with second_client_secret (HS256 and others),
// as it is not with the first.
bool is_of_second_secret(const Provider&,
                         const base::Result<jose::VerifiedToken>& by_first);

// Whether the provider signed the token, of this kind, by one of these keys.
// unknown_kid only for one that says it is the provider's: newer keys may help.
base::Result<jose::Claims> check_signature(const Provider&, const Keys&,
                                           const jose::DigestedToken&,
                                           jose::TypRule);

// Says nothing about who wrote them.
base::Result<jose::Claims> read_claims(std::string_view token);

}  // namespace oidc::token
