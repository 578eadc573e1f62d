// SPDX-License-Identifier: Apache-2.0
// Where a claim is, and what a token says there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "jose/claims.hpp"

namespace oidc {

// The path of a claim. Malformed input gives an empty path, on which a rule
// never matches.
struct ClaimPath {
    std::string name;  // of a claim as it is, tried first; or ""
    std::vector<std::string> steps;
};

// "cognito:groups" or "https://x/roles" name a claim as they are; where no
// such claim is, dots separate the steps of a path ("realm_access.roles").
// Quoted steps ("a.b"."c") are always names. Nowhere, which no rule that
// needs it survives, for what is neither.
ClaimPath parse_claim_path(std::string_view text);

base::json::Value claim_at(const jose::Claims&, const ClaimPath&);

// The strings of a claim: one string, or an array's strings; anything else
// has none. `split_blanks` divides the one string as scopes are written
// (RFC 6749 3.3).
std::vector<std::string_view> values(base::json::Value, bool split_blanks);

// The granted scopes: "scope", or "scp" as some write it; blank-separated.
std::string scope_of(const jose::Claims&);

}  // namespace oidc
