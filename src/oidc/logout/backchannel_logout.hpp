// SPDX-License-Identifier: Apache-2.0
// Ends sessions at the provider's request (OIDC Back-Channel Logout). The body
// of the request stands among its facts.
#pragma once

#include <memory>

#include "oidc/flow.hpp"

namespace oidc::logout {

std::unique_ptr<Flow> backchannel_logout(const RequestContext&);

}  // namespace oidc::logout
