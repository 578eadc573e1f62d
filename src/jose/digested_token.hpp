// SPDX-License-Identifier: Apache-2.0
// Knows what the bytes of a token come to: two digests, made in one go.
#pragma once

#include <string_view>

#include "crypto/digest.hpp"

namespace jose {

// A token, which outlives this, and SHA-256 of its bytes. There is no other way
// to make one: whoever holds it holds the digests of this very token.
class DigestedToken {
public:
    // `context`, always of the same length, is what the second digest depends
    // on besides.
    DigestedToken(std::string_view token, std::string_view context);

    std::string_view token() const noexcept { return token_; }
    // What stands before the second dot: what a JWS signs (RFC 7515 5.2).
    std::string_view signing_input() const noexcept;
    const crypto::Digest256& of_signing_input() const noexcept {
        return digests_.front;
    }
    // Of every byte of the token, and of the context.
    const crypto::Digest256& of_all() const noexcept { return digests_.whole; }

private:
    std::string_view token_;
    crypto::Forked digests_;
};

}  // namespace jose
