// SPDX-License-Identifier: Apache-2.0
// Whether what a credential was exchanged for is accepted at a location. Each
// kind of credential has its own rule, in its own file.
#pragma once

#include "oidc/flow.hpp"

namespace oidc::credential {

base::Status accept_exchanged(const RequestContext&, const Identity&);

#define EXCHANGED_METHOD(word, call, comes_as, endpoint, client) \
    base::Status accept_##word(const RequestContext&, const Identity&);
#include "base/methods.def"

}  // namespace oidc::credential
