// Knows the token endpoint: how a client authenticates, how a code is
// exchanged, and what a reply must hold (RFC 6749 2.3, 4.1.3, 5).
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/uri.hpp"
#include "oidc/discovery.hpp"
#include "oidc/step.hpp"

namespace oidc {

inline constexpr base::Seconds kDefaultExpiresIn{3600};
inline constexpr base::Seconds kMaxExpiresIn{366 * 24 * 3600};

// A form sent by POST with the client's authentication: Basic before the
// body, when the metadata leaves the choice. client_id is in the body too.
Call client_request(CallKind, const std::string& url, const Provider&,
                    const Metadata&, base::FormWriter form);

// The exchange of a code (RFC 6749 4.1.3, RFC 7636 4.5). Never to be sent
// twice. `code_verifier` empty: PKCE is off.
Call code_request(const Provider&, const Metadata&, std::string_view code,
                  std::string_view redirect_uri,
                  std::string_view code_verifier);

struct TokenResponse {
    base::Secret access_token;
    base::Secret id_token;             // empty: none
    base::Secret refresh_token;        // empty: none
    std::optional<std::string> scope;  // absent: see RFC 6749 5.1
    base::Instant access_expires;
};

// For every grant: unavailable reasons; code_refused (invalid_grant and its
// like), client_refused; idp_malformed for a reply that is no token response.
base::Result<TokenResponse> parse_token_response(const Reply&,
                                                 base::Instant now);

}  // namespace oidc
