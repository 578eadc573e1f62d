// SPDX-License-Identifier: Apache-2.0
// Decides whether a logout token is valid (OIDC Back-Channel Logout 2.4, 2.6).
#pragma once

#include <string_view>

#include "oidc/flow.hpp"

namespace oidc::token {

// How old one may be, whatever its exp says.
inline constexpr base::Seconds kMaxLogoutTokenAge{300};

struct LogoutToken {
    std::string sid;  // or ""
    std::string sub;  // or "", not both
    std::string jti;
    base::Instant until;  // when the token is refused for its age
};

// All but whether it was used before. keys_unavailable without keys,
// unknown_kid when newer ones may help: the caller may wait for them and ask
// again.
base::Result<LogoutToken> verify_logout_token(const RequestContext&,
                                              std::string_view token,
                                              base::Instant now);

}  // namespace oidc::token
