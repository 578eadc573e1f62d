// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/error_word.hpp"

#include <algorithm>
#include <iterator>

namespace oidc::provider {
namespace {

using base::Errc;

#define WORD(word, subject)                                                    \
    {                                                                          \
#word, Subject::subject,                                               \
            base::Error(Errc::code_refused, "the token endpoint says " #word), \
            base::Error(Errc::provider_refused, "the provider says " #word)    \
    }

constexpr ErrorWord kWords[] = {
    // RFC 6749 4.1.2.1 and 5.2
    WORD(invalid_grant, user),
    WORD(access_denied, user),
    WORD(invalid_client, client),
    WORD(invalid_request, client),
    WORD(invalid_scope, client),
    WORD(unauthorized_client, client),
    WORD(unsupported_grant_type, client),
    WORD(unsupported_response_type, client),
    WORD(server_error, provider),
    WORD(temporarily_unavailable, provider),
    // OpenID Connect Core 3.1.2.6, and Unmet Authentication Requirements
    WORD(interaction_required, user),
    WORD(login_required, user),
    WORD(account_selection_required, user),
    WORD(consent_required, user),
    WORD(unmet_authentication_requirements, user),
    WORD(invalid_request_uri, client),
    WORD(invalid_request_object, client),
    WORD(request_not_supported, client),
    WORD(request_uri_not_supported, client),
    WORD(registration_not_supported, client),
    // RFC 6750 3.1, RFC 8707 2, RFC 9470 3, RFC 9126, RFC 9449 5
    WORD(invalid_token, user),
    WORD(insufficient_user_authentication, user),
    WORD(expired_token, user),
    WORD(insufficient_scope, client),
    WORD(invalid_target, client),
    WORD(invalid_redirect_uri, client),
    WORD(invalid_dpop_proof, client),
    WORD(use_dpop_nonce, client),
    WORD(slow_down, provider),
    // Of Auth0, Entra and Cognito
    WORD(mfa_required, user),
    WORD(password_expired, user),
};

#undef WORD

constexpr ErrorWord kUnknown{
    "", Subject::provider,
    base::Error(Errc::code_refused, "the token endpoint refused the request"),
    base::Error(Errc::provider_refused,
                "the provider answered the login with an error")};

}  // namespace

const ErrorWord& error_word(std::string_view text) noexcept {
    const auto* found = std::ranges::find(
        kWords, text, [](const ErrorWord& known) { return known.word; });
    return found == std::end(kWords) ? kUnknown : *found;
}

}  // namespace oidc::provider
