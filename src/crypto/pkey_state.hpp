// SPDX-License-Identifier: Apache-2.0
// The prepared form of a public key: pkey.cpp makes it when a key is imported,
// pkey_verify.cpp uses it.
#pragma once

#include <span>

#include "crypto/openssl.hpp"
#include "crypto/pkey.hpp"

namespace crypto {

struct CurveFacts {
    const char* name;
    std::size_t bytes;  // of a coordinate, and of r and s
    unsigned bits;
    KeyKind kind;
};

constexpr CurveFacts facts_of(Curve curve) noexcept {
    switch (curve) {
        case Curve::p256:
            return {"P-256", 32, 256, KeyKind::ec_p256};
        case Curve::p384:
            return {"P-384", 48, 384, KeyKind::ec_p384};
        case Curve::p521:
            return {"P-521", 66, 521, KeyKind::ec_p521};
    }
    return {};
}

// Null when out of memory.
inline OwnedBignum bignum(std::string_view big_endian) noexcept {
    return OwnedBignum(BN_bin2bn(bytes_of(big_endian),
                                 static_cast<int>(big_endian.size()), nullptr));
}

// A key and, for each hash and padding it was used with, a context ready to
// verify: setting one up costs as much as a small RSA verification.
struct PublicKey::State {
    explicit State(OwnedPkey k) noexcept : key(std::move(k)) {}

    EVP_PKEY_CTX* rsa_context(Hash, Padding) noexcept;
    EVP_PKEY_CTX* ec_context(Hash) noexcept;
    // The signed bytes are `front` followed by the digest of the message.
    bool verify(EVP_PKEY_CTX* ctx, std::span<const unsigned char> front, Hash,
                const Message&, const unsigned char* signature,
                std::size_t size);

    OwnedPkey key;
    OwnedPkeyContext contexts[2][kHashes];

private:
    OwnedPkeyContext fresh_context(const EVP_MD* md) noexcept;
};

}  // namespace crypto
