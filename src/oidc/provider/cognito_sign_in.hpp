// SPDX-License-Identifier: Apache-2.0
// Knows how Cognito's JSON API signs a person in by name and password
// (InitiateAuth with USER_PASSWORD_AUTH).
#pragma once

#include <string_view>

#include "oidc/provider/token_endpoint.hpp"

namespace oidc::provider {

base::Result<Call> sign_in_request(const Provider&, std::string_view user,
                                   std::string_view password);

// credentials_refused for what is the person's: a wrong password, a lock, and
// every challenge, which Basic cannot answer. client_refused for what is the
// operator's, idp_throttled and idp_error for what is Cognito's. They all
// come with status 400: `__type` tells them apart.
base::Result<TokenResponse> parse_sign_in(const ProviderReply&,
                                          base::Instant now);

}  // namespace oidc::provider
