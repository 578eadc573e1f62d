// SPDX-License-Identifier: Apache-2.0
// The client_credentials grant for a caller (RFC 6749 4.4): an id and a secret
// in Basic become an access token.
#pragma once

#include "base/http.hpp"
#include "oidc/credential/exchange.hpp"

namespace oidc::credential {

// What is asked for: of each auth_oidc_require_scope the first entry, else
// the provider's `scope`. Scopes that are about a person (OIDC Core 3.1.2.1,
// 5.4, 11 and Cognito's own) are left out of the provider's, and for Cognito,
// which refuses them here, of all. "" asks for none.
std::string machine_scope(const Provider&, const Location&);

std::unique_ptr<Credential> client_credentials(const RequestContext&,
                                               base::BasicCredentials);

}  // namespace oidc::credential
