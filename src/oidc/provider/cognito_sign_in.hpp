// SPDX-License-Identifier: Apache-2.0
// Signs a user in by name and password with Cognito's JSON API (InitiateAuth
// with USER_PASSWORD_AUTH).
#pragma once

#include <string_view>

#include "oidc/provider/token_endpoint.hpp"

namespace oidc::provider {

base::Result<Call> sign_in_request(const RequestContext&, std::string_view user,
                                   std::string_view password);

// credentials_refused for errors of the user: a wrong password, a lock, and
// every challenge, which Basic cannot answer; client_refused for errors of the
// operator; idp_throttled and idp_error for those of Cognito. All have status
// 400 and differ in `__type`.
base::Result<TokenResponse> parse_sign_in(const ProviderReply&,
                                          base::Instant now);

}  // namespace oidc::provider
