// SPDX-License-Identifier: Apache-2.0
// Begins a login: the authorization request (OIDC Core 3.1.2.1).
#pragma once

#include "base/same_origin_uri.hpp"
#include "oidc/flow.hpp"

namespace oidc::login {

inline constexpr unsigned kMaxLoginRounds = 3;

// A 302 to the authorization endpoint with state, nonce and code_challenge,
// and a sealed login cookie; or a refusal. `round` counts restarts of one
// login: beyond kMaxLoginRounds the answer is login_loop, and so it is after
// kMaxFinishedLogins.
Response start_login(const RequestContext&, const Metadata&,
                     const base::SameOriginUri& target, unsigned round,
                     base::Instant now);

// The target of a login that this request starts: the location's own choice;
// else the requested URL, byte for byte, if the request is a GET navigation and
// every parser sees the URL at our origin and outside of our endpoints; else
// "/".
base::SameOriginUri return_target(const RequestContext&);

}  // namespace oidc::login
