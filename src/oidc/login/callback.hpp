// SPDX-License-Identifier: Apache-2.0
// Ends a login: the request for redirect_uri, with its state.
#pragma once

#include <memory>

#include "oidc/flow.hpp"

namespace oidc::login {

// Ends with Allow if the request continues as the user who has logged in.
std::unique_ptr<Flow> callback(const RequestContext&);

}  // namespace oidc::login
