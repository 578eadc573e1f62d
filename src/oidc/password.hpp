// Knows how a person's name and password become tokens: by Cognito's JSON
// API, or by the password grant (RFC 6749 4.3) elsewhere.
#pragma once

#include "base/http.hpp"
#include "oidc/swap.hpp"

namespace oidc {

std::unique_ptr<Credential> password(base::BasicCredentials);

}  // namespace oidc
