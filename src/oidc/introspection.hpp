// Knows token introspection (RFC 7662), as JSON.
#pragma once

#include "oidc/swap.hpp"

namespace oidc {

std::unique_ptr<Credential> introspection(std::string_view token);

}  // namespace oidc
