// SPDX-License-Identifier: Apache-2.0
#include "keys.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <cstdlib>

#include "base/base64url.hpp"

namespace bench {
namespace {

using jose::Family;

unsigned char* bytes(std::string& s) {
    return reinterpret_cast<unsigned char*>(s.data());
}

const unsigned char* bytes(std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
}

EVP_PKEY* generate(Family family) {
    switch (family) {
        case Family::rsa_pkcs1:
        case Family::rsa_pss:
            return EVP_RSA_gen(2048);
        case Family::ecdsa_p256:
            return EVP_EC_gen("P-256");
        case Family::ecdsa_p384:
            return EVP_EC_gen("P-384");
        case Family::ecdsa_p521:
            return EVP_EC_gen("P-521");
        case Family::eddsa:
            return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
        case Family::hmac:
            break;
    }
    return nullptr;
}

// RFC 7518 3.4: r and s, each as long as the curve's order.
std::string raw_signature(std::string_view der, int scalar) {
    const unsigned char* at = bytes(der);
    ECDSA_SIG* sig = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string raw(2 * static_cast<std::size_t>(scalar), '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), bytes(raw), scalar);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), bytes(raw) + scalar, scalar);
    ECDSA_SIG_free(sig);
    return raw;
}

int scalar_of(Family family) {
    return family == Family::ecdsa_p256
               ? 32
               : (family == Family::ecdsa_p384 ? 48 : 66);
}

}  // namespace

std::string access_claims(unsigned number) {
    const std::string last = std::to_string(100'000'000 + number);
    return R"({"sub":"5a3f8c1e-0b7d-4f62-9c55-6d1e2f3a4b5c","cognito:groups":)"
           R"(["admins","staff team","sales, north"],"iss":"https:\/\/cognito)"
           R"(-idp.us-east-1.amazonaws.com\/us-east-1_Bench0001","version":2,)"
           R"("client_id":"2lqm8o7or9hfrq0t6eofhqj88i","origin_jti":"5f2b1c9a)"
           R"(-5e55-4e0b-8c54-2f9b1a7d6e10","event_id":"a7b5a5de-1f0e-4e2a-b3)"
           R"(d1-3a9b8c7d6e5f","token_use":"access","scope":"openid profile e)"
           R"(mail orders\/read orders\/write","auth_time":1795000000,"exp":4)"
           R"(102444800,"iat":1795000000,"jti":"0d9e8c7b-6a5f-4e3d-2c1b-0a9)" +
           last + R"(","username":"jane"})";
}

Key::Key(jose::Alg alg) : alg_(alg), key_(generate(jose::family(alg))) {
    if (!key_) {
        std::abort();
    }
}

const EVP_MD* Key::md() const {
    if (jose::family(alg_) == Family::eddsa) {
        return nullptr;
    }
    switch (jose::hash(alg_)) {
        case crypto::Hash::sha256:
            return EVP_sha256();
        case crypto::Hash::sha384:
            return EVP_sha384();
        case crypto::Hash::sha512:
            return EVP_sha512();
    }
    return nullptr;
}

std::string Key::number(const char* name) const {
    BIGNUM* n = nullptr;
    if (EVP_PKEY_get_bn_param(key_, name, &n) != 1) {
        std::abort();
    }
    const int size = jose::family(alg_) == Family::rsa_pkcs1 ||
                             jose::family(alg_) == Family::rsa_pss
                         ? BN_num_bytes(n)
                         : scalar_of(jose::family(alg_));
    std::string out(static_cast<std::size_t>(size), '\0');
    BN_bn2binpad(n, bytes(out), size);
    BN_free(n);
    return base::base64url_encode(out);
}

std::string Key::jwk() const {
    const std::string head = R"({"kid":"bench","use":"sig","alg":")" +
                             std::string(jose::name(alg_)) + R"(",)";
    switch (jose::family(alg_)) {
        case Family::rsa_pkcs1:
        case Family::rsa_pss:
            return head + R"("kty":"RSA","n":")" +
                   number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
                   number(OSSL_PKEY_PARAM_RSA_E) + R"("})";
        case Family::ecdsa_p256:
        case Family::ecdsa_p384:
        case Family::ecdsa_p521: {
            const std::string curve(jose::name(alg_).substr(2));
            const char* named = curve == "256"   ? "P-256"
                                : curve == "384" ? "P-384"
                                                 : "P-521";
            return head + R"("kty":"EC","crv":")" + named + R"(","x":")" +
                   number(OSSL_PKEY_PARAM_EC_PUB_X) + R"(","y":")" +
                   number(OSSL_PKEY_PARAM_EC_PUB_Y) + R"("})";
        }
        case Family::eddsa: {
            std::string raw(32, '\0');
            std::size_t size = raw.size();
            EVP_PKEY_get_raw_public_key(key_, bytes(raw), &size);
            return head + R"("kty":"OKP","crv":"Ed25519","x":")" +
                   base::base64url_encode(raw) + R"("})";
        }
        case Family::hmac:
            break;
    }
    std::abort();
}

std::string Key::jwks() const {
    return R"({"keys":[)" + jwk() + "]}";
}

std::string Key::sign(std::string_view input) const {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX* how = nullptr;
    std::string out(1024, '\0');
    std::size_t size = out.size();
    bool ok = EVP_DigestSignInit(ctx, &how, md(), nullptr, key_) == 1;
    if (ok && jose::family(alg_) == Family::rsa_pss) {
        ok = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    ok = ok && EVP_DigestSign(ctx, bytes(out), &size, bytes(input),
                              input.size()) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok) {
        std::abort();
    }
    out.resize(size);
    return out;
}

std::string Key::signing_input(unsigned number) const {
    const std::string header =
        R"({"kid":"bench","alg":")" + std::string(jose::name(alg_)) + R"("})";
    return base::base64url_encode(header) + "." +
           base::base64url_encode(access_claims(number));
}

std::string Key::token(unsigned number) const {
    const std::string input = signing_input(number);
    std::string signature = sign(input);
    const Family family = jose::family(alg_);
    if (family == Family::ecdsa_p256 || family == Family::ecdsa_p384 ||
        family == Family::ecdsa_p521) {
        signature = raw_signature(signature, scalar_of(family));
    }
    return input + "." + base::base64url_encode(signature);
}

}  // namespace bench
