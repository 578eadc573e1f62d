// Knows when a bearer token is good, and whether it is good for this place
// (RFC 6750, RFC 9068, and what Cognito does instead of RFC 9068).
#pragma once

#include <string_view>

#include "jose/verify.hpp"
#include "oidc/flow.hpp"

namespace oidc {

// A verified token is looked at anew after this time at the latest.
inline constexpr base::Seconds kMaxVerdictAge{3600};

// Who an accepted token is of, its signature not checked again: for one alone
// whose verdict was just found; null when it cannot be read.
IdentityRef read_accepted(const Provider&, std::string_view token);

// The keys to check a token by, also when none is needed (HS*). Else
// keys_unavailable, or for rubbish, which nobody waits for, what is wrong.
base::Result<Keys> keys_at_hand(const Context&, std::string_view token);
// Whether the provider signed the token, of this kind, by one of these keys.
// unknown_kid only for one that says it is the provider's: newer keys may help.
base::Result<jose::Claims> check_signature(const Provider&, const Keys&,
                                           const jose::DigestedToken&,
                                           jose::TypRule);

// Whether the provider signed the token, it is not bound to a key, and the
// time is right: the same for every location, hence remembered by all workers
// as a verdict. keys_unavailable without keys, unknown_kid when newer ones
// may help: the caller may wait for them and ask again.
base::Result<jose::Claims> verify_token(const Context&, std::string_view token,
                                        base::Instant now);
// The same. One that has a verdict already is remembered by this worker with
// the identity: most tokens that come once do not come back soon.
base::Result<IdentityRef> verify_bearer(const Context&, std::string_view token,
                                        base::Instant now);

// Whether the token is of the kind, for the audience and from a client that
// the location accepts: cheap, and judged on every use, so that what one
// location accepts never passes at another (AC-311). `token` is the one that
// made the identity.
base::Status accept_bearer(const Context&, const Identity&,
                           std::string_view token);

// The same for what a credential was swapped for (swap.hpp).
base::Status accept_swapped(const Context&, const Identity&);

}  // namespace oidc
