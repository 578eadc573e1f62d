// SPDX-License-Identifier: Apache-2.0
// Knows what a browser gets when its login has succeeded.
#pragma once

#include "base/same_origin_uri.hpp"
#include "oidc/flow.hpp"
#include "oidc/session/record.hpp"

namespace oidc::login {

// As auth_oidc_login_action of the callback's location says: a redirect to the
// target, with the tokens of auth_oidc_login_tokens in its query or fragment;
// who has logged in and those tokens, as JSON; or the request goes on as that
// person. Set-Cookie is the caller's to add.
base::Result<Step> make_login_response(const RequestContext&,
                                       const base::SameOriginUri& target,
                                       const session::Record&,
                                       base::Instant now);

}  // namespace oidc::login
