// SPDX-License-Identifier: Apache-2.0
// How kinds of providers differ: one row for each profile.
#pragma once

#include <span>
#include <string_view>

#include "oidc/call_rate.hpp"

namespace oidc {

enum class Profile { generic, cognito };

struct ProfileTraits {
    Profile profile;
    std::string_view word;  // of the directive "profile"

    // Tokens are JWTs that say by token_use which kind they are; an access
    // token names its client and its scope, and has no audience by default.
    bool has_token_use;
    // Introspection needs no introspection_endpoint of the configuration.
    bool has_introspection;
    // Passwords are sent to a JSON API beside the issuer (service_url), and
    // not to the token endpoint.
    bool has_sign_in_api;
    // The logout takes client_id and logout_uri and nothing else.
    bool has_own_logout;
    // Clients get no scopes that are about a user.
    bool refuses_user_scopes_to_clients;
    // UserInfo has strings for the booleans of OIDC Core 5.1.
    bool has_text_booleans;

    // Whether a user name of Basic is a client's, where both are accepted.
    bool (*is_client_id)(std::string_view name);
    std::span<const std::string_view> user_claims;  // default of user_claim
    std::string_view groups_claim;
    std::span<const CallRate> call_rates;  // default of call_rate
};

std::span<const ProfileTraits> profiles() noexcept;
const ProfileTraits& traits(Profile) noexcept;

}  // namespace oidc
