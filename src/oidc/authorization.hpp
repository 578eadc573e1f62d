// Knows whether an identity meets a location's rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oidc/identity.hpp"
#include "oidc/policy.hpp"

namespace oidc {

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

// Whether somebody must be logged in for the rules to hold.
bool has_rules(const Location&);

struct Unmet {
    base::Error reason;
    AllOf scopes;  // for scope_missing: what would do (RFC 6750 3)
};

// Scope, group and claim rules: every directive must hold, and what cannot be
// evaluated does not. The audience is bearer.hpp's: sessions have none.
std::optional<Unmet> unmet_rule(const Location&, const Provider&,
                                const Identity&);

}  // namespace oidc
