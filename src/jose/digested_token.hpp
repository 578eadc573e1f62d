// SPDX-License-Identifier: Apache-2.0
// A token with its two digests, which are computed in one pass.
#pragma once

#include <string_view>

#include "crypto/digest.hpp"

namespace jose {

// A token, which must outlive this object, and SHA-256 of its bytes. It is made
// by hashing only, so that the digests always belong to this token.
class DigestedToken {
public:
    // The second digest also covers `context`, which always has the same
    // length.
    DigestedToken(std::string_view token, std::string_view context);

    std::string_view token() const noexcept { return token_; }
    // The part before the second dot, which a JWS signs (RFC 7515 5.2).
    std::string_view signing_input() const noexcept;
    const crypto::Digest256& of_signing_input() const noexcept {
        return digests_.front;
    }
    // The digest of all bytes of the token and of the context.
    const crypto::Digest256& of_all() const noexcept { return digests_.whole; }

private:
    std::string_view token_;
    crypto::Forked digests_;
};

}  // namespace jose
