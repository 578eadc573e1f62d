// SPDX-License-Identifier: Apache-2.0
// Decides whether an identity meets the rules of a location.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oidc/identity.hpp"
#include "oidc/policy.hpp"

namespace oidc::access {

// Whether the rules need an identity to hold.
bool has_rules(const Location&);

struct Unmet {
    base::Error reason;
    AllOf scopes;  // for scope_missing: what would do (RFC 6750 3)
};

// Scope, group and claim rules: every directive must hold, and what cannot be
// evaluated does not. The audience is token_rules.hpp's: sessions have none.
std::optional<Unmet> unmet_rule(const Location&, const Provider&,
                                const Identity&);

// Whether the value of a variable says nothing, as a rule sees it: "", and
// what JSON's null, false, 0, [] and {} become, and arrays and objects that
// hold nothing but null.
bool is_empty_value(std::string_view) noexcept;

}  // namespace oidc::access
