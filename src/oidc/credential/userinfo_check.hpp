// SPDX-License-Identifier: Apache-2.0
// Checks with UserInfo (OIDC Core 5.3) whether a bearer token is alive.
#pragma once

#include "oidc/credential/exchange.hpp"

namespace oidc::credential {

// A token that is a JWT is verified here as well, for UserInfo says neither
// whom a token was issued to nor when it ends.
std::unique_ptr<Credential> userinfo_check(std::string_view token);

}  // namespace oidc::credential
