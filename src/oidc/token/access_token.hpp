// SPDX-License-Identifier: Apache-2.0
// Decides whether a bearer token is good, and good for this location (RFC 6750,
// RFC 9068, and what Cognito does instead of RFC 9068).
#pragma once

#include <string_view>

#include "jose/verify.hpp"
#include "oidc/flow.hpp"
#include "oidc/token/signature.hpp"

namespace oidc::token {

// A verified token is looked at anew after this time at the latest.
inline constexpr base::Seconds kMaxVerdictAge{3600};

// The identity in an accepted token, read without checking its signature: only
// for a token whose verdict was just found. Null if it cannot be read.
IdentityRef read_accepted(const Provider&, std::string_view token);

// Whether the provider signed the token, it is not bound to a key, and the
// time is right: the same for every location, hence remembered by all workers
// as a verdict. keys_unavailable without keys, unknown_kid when newer ones
// may help: the caller may wait for them and ask again.
base::Result<jose::Claims> verify_token(const RequestContext&,
                                        std::string_view token,
                                        base::Instant now);
// Like the function above. A token that has a verdict already is remembered by
// this worker with its identity; most tokens that come once do not come back
// soon.
base::Result<IdentityRef> verify_bearer(const RequestContext&,
                                        std::string_view token,
                                        base::Instant now);

}  // namespace oidc::token
