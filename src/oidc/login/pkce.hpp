// SPDX-License-Identifier: Apache-2.0
// Proof Key for Code Exchange (RFC 7636), with S256 only.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "oidc/ports.hpp"

namespace oidc::login {

// 32 random bytes in 43 characters (RFC 7636 4.1).
base::Result<base::Secret> make_code_verifier(Random&);

// BASE64URL(SHA256(verifier)) (RFC 7636 4.2).
std::string code_challenge(std::string_view code_verifier);

}  // namespace oidc::login
