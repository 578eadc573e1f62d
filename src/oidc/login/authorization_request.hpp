// SPDX-License-Identifier: Apache-2.0
// Knows how a login begins: the authorization request (OIDC Core 3.1.2.1).
#pragma once

#include "base/same_origin_uri.hpp"
#include "oidc/flow.hpp"

namespace oidc::login {

inline constexpr unsigned kMaxLoginRounds = 3;

// A 302 to the authorization endpoint with state, nonce and code_challenge,
// and a sealed login cookie; or a refusal. `round` counts restarts of one
// login: beyond kMaxLoginRounds the answer is login_loop.
Response start_login(const RequestContext&, const Metadata&,
                     const base::SameOriginUri& target, unsigned round,
                     base::Instant now);

// Where a login that this request starts will end: the location's own choice,
// else the URL asked for, byte for byte, if it is a GET navigation's, lies on
// our origin whoever parses it, and is none of our endpoints; else "/".
base::SameOriginUri return_target(const RequestContext&);

}  // namespace oidc::login
