// SPDX-License-Identifier: Apache-2.0
// The response to a browser whose login has succeeded.
#pragma once

#include "base/same_origin_uri.hpp"
#include "oidc/flow.hpp"
#include "oidc/session/record.hpp"

namespace oidc::login {

// The response by auth_oidc_login_action of the callback's location: a redirect
// to the target, with the tokens of auth_oidc_login_tokens in its query or
// fragment; the user and those tokens as JSON; or the request continues as that
// user. The caller adds Set-Cookie.
base::Result<Step> make_login_response(const RequestContext&,
                                       const base::SameOriginUri& target,
                                       const session::Record&,
                                       base::Instant now);

}  // namespace oidc::login
