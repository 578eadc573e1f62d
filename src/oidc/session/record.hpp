// SPDX-License-Identifier: Apache-2.0
// The record of a session.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/secret.hpp"

namespace oidc::session {

struct Record {
    std::string id;        // random, the same in every renewal; or ""
    std::string provider;  // the oidc_provider's name
    std::string issuer;
    std::string sid;       // of the provider's session, at the login; or ""
    std::string claims;    // JSON object: the ID token's, over UserInfo's
    std::string userinfo;  // JSON object, or ""
    std::string scope;     // granted, blank-separated
    base::Secret id_token;
    base::Secret access_token;
    base::Secret refresh_token;  // empty: none
    base::Instant created;
    base::Instant expires;        // absolute limit
    base::Instant last_used;      // kept by the cookie store alone
    base::Instant access_issued;  // when the access token came
    base::Instant access_expires;
};

}  // namespace oidc::session
