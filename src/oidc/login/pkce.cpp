// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/pkce.hpp"

#include "base/base64url.hpp"
#include "crypto/digest.hpp"

namespace oidc::login {

base::Result<base::Secret> make_code_verifier(Random& random) {
    auto bytes = random.bytes(32);
    if (!bytes) {
        return bytes.error();
    }
    std::string text = base::base64url_encode(*bytes);
    base::wipe(bytes->data(), bytes->size());
    return base::Secret::take(text);
}

std::string code_challenge(std::string_view code_verifier) {
    return base::base64url_encode(crypto::view(crypto::sha256(code_verifier)));
}

}  // namespace oidc::login
