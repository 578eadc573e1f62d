// SPDX-License-Identifier: Apache-2.0
// Ends a session in a frame of the provider (OIDC Front-Channel Logout).
#pragma once

#include <memory>

#include "oidc/flow.hpp"

namespace oidc::logout {

std::unique_ptr<Flow> frontchannel_logout(const RequestContext&);

}  // namespace oidc::logout
