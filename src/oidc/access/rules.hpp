// SPDX-License-Identifier: Apache-2.0
// Knows whether an identity meets a location's rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oidc/identity.hpp"
#include "oidc/policy.hpp"

namespace oidc::access {

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

// Whether the value of a variable says nothing, as a rule sees it: "", and
// what JSON's null, false, 0, [] and {} become, and arrays and objects that
// hold nothing but null.
bool is_empty_value(std::string_view) noexcept;

}  // namespace oidc::access
