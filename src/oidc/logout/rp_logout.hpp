// SPDX-License-Identifier: Apache-2.0
// Logs out by logout_uri, or by a protected URL with logout_query_arg (OIDC
// RP-Initiated Logout).
#pragma once

#include <memory>

#include "oidc/flow.hpp"

namespace oidc::logout {

std::unique_ptr<Flow> logout(const RequestContext&);

}  // namespace oidc::logout
