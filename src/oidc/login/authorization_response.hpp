// SPDX-License-Identifier: Apache-2.0
// The parameters of an authorization response (OIDC Core 3.1.2.5, RFC 6749
// 4.1.2, RFC 9207 2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace oidc::login {

inline constexpr std::size_t kMaxCallbackQueryBytes = 8 * 1024;

// Either a code or an error, never both. Of the error, nothing is kept that the
// provider could have made up: it may be shown and logged.
struct AuthorizationResponse {
    std::string state;
    std::string code;
    std::optional<base::Error> error;
    // The login page was open for too long: Keycloak asks for another try by
    // error=temporarily_unavailable, error_description=authentication_expired.
    bool is_expired = false;
    std::optional<std::string> iss;
};

// state_missing without a state; callback_malformed for parameters that came
// twice (RFC 6749 3.1), cannot be decoded, contradict each other, are too
// long, or belong to a response_type that is never asked for.
base::Result<AuthorizationResponse> parse_authorization_response(
    std::string_view query);

}  // namespace oidc::login
