// Knows how a login begins: the authorization request (OIDC Core 3.1.2.1).
#pragma once

#include "base/uri.hpp"
#include "oidc/flow.hpp"

namespace oidc {

inline constexpr unsigned kMaxLoginRounds = 3;

// A 302 to the authorization endpoint with state, nonce and code_challenge,
// and a sealed login cookie; or a refusal. `round` counts restarts of one
// login: beyond kMaxLoginRounds the answer is login_loop.
Answer start_login(const Context&, const Metadata&,
                   const base::SameOriginUri& target, unsigned round,
                   base::Instant now);

// The redirect_uri sent in authorization and token requests.
std::string redirect_uri(const Provider&, const Facts&);

}  // namespace oidc
