// SPDX-License-Identifier: Apache-2.0
// UserInfo (OIDC Core 5.3), and its merge with the claims of the ID token.
#pragma once

#include <string>
#include <string_view>

#include "jose/claims.hpp"
#include "oidc/provider/discovery.hpp"
#include "oidc/step.hpp"

namespace oidc::provider {

inline constexpr std::size_t kMaxUserinfoBytes = 64 * 1024;

Call userinfo_request(const Metadata&, const base::Secret& access_token);

// idp_malformed for what is no JSON object: a JWT too, which we never ask for.
base::Result<jose::Claims> parse_userinfo(const ProviderReply&);
// userinfo_mismatch unless "sub" is, byte for byte, the ID token's (OIDC Core
// 5.3.2).
base::Result<jose::Claims> read_userinfo(const ProviderReply&,
                                         std::string_view sub);

// One JSON object: the ID token's claims, and under them what UserInfo adds.
// What speaks about a token (iss, aud, exp, …) is never taken from UserInfo.
std::string merge_claims(const jose::Claims& id_token,
                         const jose::Claims& userinfo, Profile);

}  // namespace oidc::provider
