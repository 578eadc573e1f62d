// SPDX-License-Identifier: Apache-2.0
// Knows how a provider signs: a key of one algorithm, its JWK, and tokens such
// as Cognito issues.
#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>

#include "jose/alg.hpp"

namespace bench {

// The claims of a Cognito access token of a person in three groups; each
// number has a jti of its own.
std::string access_claims(unsigned number = 0);

class Key {
public:
    explicit Key(jose::Alg);
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    ~Key() { EVP_PKEY_free(key_); }

    std::string jwks() const;
    // What is signed of a token, and the token.
    std::string signing_input(unsigned number = 0) const;
    std::string token(unsigned number = 0) const;
    // As OpenSSL writes it: DER for ECDSA.
    std::string sign(std::string_view input) const;

    EVP_PKEY* get() const { return key_; }
    jose::Alg alg() const { return alg_; }
    // Null for EdDSA, which hashes itself.
    const EVP_MD* md() const;

private:
    std::string jwk() const;
    std::string number(const char* name) const;

    jose::Alg alg_;
    EVP_PKEY* key_;
};

}  // namespace bench
