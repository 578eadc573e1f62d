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
// A quoted step ("a.b"."c") is always one name.
std::vector<std::string> parse_claim_path(std::string_view text);
base::json::Value claim_at(const jose::Claims&,
                           const std::vector<std::string>& path);

// The strings of a claim: one string, or an array's strings; anything else
// has none. `split_blanks` for scope-like claims.
std::vector<std::string_view> values(base::json::Value, bool split_blanks);

struct Unmet {
    base::Error reason;
    AllOf scopes;  // for scope_missing
};

// Every directive must hold; what cannot be evaluated does not.
std::optional<Unmet> unmet_rule(const Location&, const Provider&,
                                const Identity&);

}  // namespace oidc
