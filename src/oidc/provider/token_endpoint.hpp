// SPDX-License-Identifier: Apache-2.0
// Requests to the token endpoint, and what a response must have (RFC 6749
// 4.1.3, 5).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/form.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "oidc/provider/client_auth.hpp"
#include "oidc/provider/discovery.hpp"
#include "oidc/step.hpp"

namespace oidc::provider {

inline constexpr base::Seconds kDefaultExpiresIn{3600};
inline constexpr base::Seconds kMaxExpiresIn{366 * 24 * 3600};

// The exchange of a code (RFC 6749 4.1.3, RFC 7636 4.5). Never to be sent
// twice. `code_verifier` empty: PKCE is off.
base::Result<Call> code_request(const RequestContext&, const Metadata&,
                                std::string_view code,
                                std::string_view redirect_uri,
                                std::string_view code_verifier,
                                base::Instant now);

// RFC 6749 6, in our client's name.
base::Result<Call> refresh_request(const RequestContext&, const Metadata&,
                                   const base::Secret& refresh_token,
                                   base::Instant now);

struct TokenResponse {
    base::Secret access_token;
    base::Secret id_token;             // empty: none
    base::Secret refresh_token;        // empty: none
    std::optional<std::string> scope;  // absent: see RFC 6749 5.1
    base::Instant access_expires;
};

// How a provider calls the members of a token response.
struct TokenMembers {
    std::string_view token_type = "token_type";
    std::string_view access_token = "access_token";
    std::string_view id_token = "id_token";
    std::string_view refresh_token = "refresh_token";
    std::string_view expires_in = "expires_in";
};
// idp_malformed for what is no token response.
base::Result<TokenResponse> read_tokens(base::json::Value, const TokenMembers&,
                                        base::Instant now);

// For every grant: unavailable reasons; code_refused (invalid_grant and its
// like), client_refused; idp_malformed for a reply that is no token response.
base::Result<TokenResponse> parse_token_response(const ProviderReply&,
                                                 base::Instant now);

// Whether the token endpoint refused with a word about the user or the grant
// (error_word.hpp), so that a new login may help.
bool is_about_user(const ProviderReply&);

// The error of a refused grant for a caller whose credential it was about (RFC
// 6749 5.2): the words in `of_caller` concern the credential and become
// credentials_refused; all others are errors of the operator (client_refused)
// or of the provider.
base::Error grant_error(const ProviderReply&, base::Error parsed,
                        std::initializer_list<std::string_view> of_caller);

}  // namespace oidc::provider
