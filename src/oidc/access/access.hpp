// SPDX-License-Identifier: Apache-2.0
// Judges a request for a protected location by the credential it carries.
#pragma once

#include <memory>
#include <optional>

#include "oidc/flow.hpp"

namespace oidc::access {

std::unique_ptr<Flow> protect(const RequestContext&);

// What `protect` comes to at once for a request that shows no credential of
// any kind: the reason to refuse it; absent when it may pass or log in.
std::optional<base::Errc> refusal_of_stranger(const Location&,
                                              const RequestFacts&);

// Judges, by the location's rules alone, a user who has logged in by this very
// request (auth_oidc_login_action upstream).
Step admit(const RequestContext&, const IdentityRef&, base::Instant now);

}  // namespace oidc::access
