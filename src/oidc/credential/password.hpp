// SPDX-License-Identifier: Apache-2.0
// Exchanges a user's name and password for tokens: with Cognito's JSON API, or
// with the password grant (RFC 6749 4.3).
#pragma once

#include "base/http.hpp"
#include "oidc/credential/exchange.hpp"

namespace oidc::credential {

// Over https, as the client sees it: base_url knows better than nginx behind
// a proxy. Or where password_over_http says so.
bool may_take_password(const RequestContext&);

std::unique_ptr<Credential> password(base::BasicCredentials);

}  // namespace oidc::credential
