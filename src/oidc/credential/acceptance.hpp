// SPDX-License-Identifier: Apache-2.0
// Whether what a credential was exchanged for is accepted at a location.
#pragma once

#include "oidc/flow.hpp"

namespace oidc::credential {

base::Status accept_exchanged(const RequestContext&, const Identity&);

}  // namespace oidc::credential
