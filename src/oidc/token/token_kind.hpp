// SPDX-License-Identifier: Apache-2.0
// The kind of a JWT. A provider signs many kinds for one client, with the same
// keys and often the same `aud` (RFC 8725 2.8, 3.12): each is accepted in its
// own place alone.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "jose/claims.hpp"

namespace oidc::token {

// Claims that belong to tokens of another kind: ID tokens (but in their own
// place), authorization responses (JARM), logout tokens and other security
// events, introspection responses, DPoP proofs; and a claim `typ` of another
// kind, as of a refresh token. The error names none of their values.
base::Status check_not_foreign_to_access_token(const jose::Claims&);
base::Status check_not_foreign_to_id_token(const jose::Claims&);

// Whether a token without foreign claims says that it is an access token: by
// its header `typ` (RFC 9068 2.1), or by a claim of its provider's for that,
// or by naming a client and what that client may do. Whom it is about must be
// said, too: a subject, or the client itself.
base::Status check_is_access_token(const jose::Claims&, std::string_view token);

// Whether a token without foreign claims says that it is an ID token: by a
// claim about the login (OIDC Core 2), which signed UserInfo and access tokens
// do not have, and by nothing that an access token says.
base::Status check_is_id_token(const jose::Claims&, std::string_view token);

}  // namespace oidc::token
