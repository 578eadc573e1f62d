// SPDX-License-Identifier: Apache-2.0
#include "oidc/profile.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace oidc {
namespace {

constexpr std::size_t kCognitoClientIdLength = 26;

bool is_cognito_client_id(std::string_view name) {
    return name.size() == kCognitoClientIdLength &&
           std::ranges::all_of(name, [](char c) {
               return base::is_digit(c) || (c >= 'a' && c <= 'z');
           });
}

bool has_no_at_sign(std::string_view name) {
    return name.find('@') == name.npos;
}

constexpr std::string_view kUserClaims[] = {"preferred_username", "email",
                                            "sub"};
constexpr std::string_view kCognitoUserClaims[] = {"cognito:username",
                                                   "username", "sub"};

// The quotas of an account, and of one client at its domain.
constexpr CallRate kCognitoCallRates[] = {
    {{CallKind::token_code}, 120},
    {{CallKind::token_refresh, CallKind::password}, 120},
    {{CallKind::token_client_credentials}, 150},
    {{CallKind::revoke}, 120},
    {{CallKind::token_code, CallKind::token_refresh,
      CallKind::token_client_credentials, CallKind::userinfo, CallKind::revoke},
     300},
};
static_assert(std::size(kCognitoCallRates) <= kMaxCallRates);

// In the order of the enum.
constexpr ProfileTraits kProfiles[] = {
    {.profile = Profile::generic,
     .word = "generic",
     .has_token_use = false,
     .has_introspection = true,
     .has_sign_in_api = false,
     .has_own_logout = false,
     .refuses_user_scopes_to_clients = false,
     .has_text_booleans = false,
     .is_client_id = has_no_at_sign,
     .user_claims = kUserClaims,
     .groups_claim = "groups",
     .call_rates = {}},
    {.profile = Profile::cognito,
     .word = "cognito",
     .has_token_use = true,
     .has_introspection = false,
     .has_sign_in_api = true,
     .has_own_logout = true,
     .refuses_user_scopes_to_clients = true,
     .has_text_booleans = true,
     .is_client_id = is_cognito_client_id,
     .user_claims = kCognitoUserClaims,
     .groups_claim = "cognito:groups",
     .call_rates = kCognitoCallRates},
};
static_assert(std::ranges::is_sorted(kProfiles, {}, &ProfileTraits::profile));

}  // namespace

std::span<const ProfileTraits> profiles() noexcept {
    return kProfiles;
}

const ProfileTraits& traits(Profile profile) noexcept {
    return kProfiles[static_cast<std::size_t>(profile)];
}

}  // namespace oidc
