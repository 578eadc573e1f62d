// SPDX-License-Identifier: Apache-2.0
// Exchanges a refresh token in the request for an access token (RFC 6749 6).
#pragma once

#include "oidc/credential/exchange.hpp"

namespace oidc::credential {

// authorization_malformed for what no refresh token looks like.
base::Result<std::unique_ptr<Credential>> presented_refresh_token(
    std::string_view token);

}  // namespace oidc::credential
