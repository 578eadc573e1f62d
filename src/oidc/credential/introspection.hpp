// SPDX-License-Identifier: Apache-2.0
// Token introspection (RFC 7662) with JSON responses.
#pragma once

#include "oidc/credential/exchange.hpp"

namespace oidc::credential {

std::unique_ptr<Credential> introspection(std::string_view token);

}  // namespace oidc::credential
