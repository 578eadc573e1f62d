// SPDX-License-Identifier: Apache-2.0
// Knows how a provider signs: an RSA key of a test, its JWK, and tokens made
// with it, right or wrong in any part.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "crypto/hmac.hpp"

namespace oidc::test {

class SigningKey {
public:
    explicit SigningKey(std::string kid)
        : kid_(std::move(kid)), key_(EVP_RSA_gen(2048)) {
        if (!key_) {
            std::abort();
        }
    }
    SigningKey(const SigningKey&) = delete;
    SigningKey& operator=(const SigningKey&) = delete;
    ~SigningKey() { EVP_PKEY_free(key_); }

    // Made once a process: making one takes longer than most tests. `other`
    // is a key that the provider does not have, under the same kid.
    static const SigningKey& ours() {
        static const SigningKey key("kid/1+=");
        return key;
    }
    static const SigningKey& other() {
        static const SigningKey key("kid/1+=");
        return key;
    }

    const std::string& kid() const { return kid_; }

    std::string jwk() const { return jwk(kid_); }
    std::string jwk(std::string_view kid) const {
        return R"({"kty":"RSA","use":"sig","alg":"RS256","kid":")" +
               std::string(kid) + R"(","n":")" + number(OSSL_PKEY_PARAM_RSA_N) +
               R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + R"("})";
    }
    std::string jwks() const { return R"({"keys":[)" + jwk() + "]}"; }

    // RS256 with our kid, as Cognito writes it: no typ, "/" escaped.
    std::string token(std::string_view payload) const {
        return token(payload, R"({"kid":"kid\/1+=","alg":"RS256"})");
    }
    // RSASSA-PKCS1-v1_5 with SHA-256, whatever the header says.
    std::string token(std::string_view payload, std::string_view header) const {
        const std::string input = base::base64url_encode(header) + "." +
                                  base::base64url_encode(payload);
        return input + "." + base::base64url_encode(sign(input));
    }

    static std::string hs256(std::string_view payload,
                             std::string_view secret) {
        const std::string input = base::base64url_encode(R"({"alg":"HS256"})") +
                                  "." + base::base64url_encode(payload);
        // crypto::hmac refuses the empty key. HMAC pads keys with zeros, so
        // that one zero is the same key.
        const std::string_view key =
            secret.empty() ? std::string_view("\0", 1) : secret;
        auto mac = crypto::hmac(crypto::Hash::sha256, key, input);
        return input + "." + base::base64url_encode(*mac);
    }
    static std::string unsigned_token(std::string_view payload) {
        return base::base64url_encode(R"({"alg":"none"})") + "." +
               base::base64url_encode(payload) + ".";
    }

private:
    std::string number(const char* name) const {
        BIGNUM* n = nullptr;
        if (EVP_PKEY_get_bn_param(key_, name, &n) != 1) {
            std::abort();
        }
        std::string bytes(static_cast<std::size_t>(BN_num_bytes(n)), '\0');
        BN_bn2bin(n, reinterpret_cast<unsigned char*>(bytes.data()));
        BN_free(n);
        return base::base64url_encode(bytes);
    }

    std::string sign(std::string_view input) const {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        std::string out(512, '\0');
        std::size_t size = out.size();
        const bool ok =
            EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_) ==
                1 &&
            EVP_DigestSign(context,
                           reinterpret_cast<unsigned char*>(out.data()), &size,
                           reinterpret_cast<const unsigned char*>(input.data()),
                           input.size()) == 1;
        EVP_MD_CTX_free(context);
        if (!ok) {
            std::abort();
        }
        out.resize(size);
        return out;
    }

    std::string kid_;
    EVP_PKEY* key_;
};

}  // namespace oidc::test
