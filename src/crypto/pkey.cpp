// SPDX-License-Identifier: Apache-2.0
#include "crypto/pkey.hpp"

#include <algorithm>
#include <utility>

#include "crypto/pkey_state.hpp"

namespace crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t kMinRsaBits = 2048;
constexpr std::size_t kMaxRsaBits = 8192;

Error no_key() {
    check_memory();
    return {Errc::malformed, "OpenSSL refuses the key"};
}

std::string_view without_leading_zeros(std::string_view s) noexcept {
    return s.substr(std::min(s.find_first_not_of('\0'), s.size()));
}

OwnedPkey public_key(const char* type, OSSL_PARAM_BLD* builder) noexcept {
    const OwnedPkeyContext ctx(
        EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    const OwnedParams params(OSSL_PARAM_BLD_to_param(builder));
    EVP_PKEY* key = nullptr;

    if (!ctx || !params || EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
        EVP_PKEY_fromdata(ctx.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) !=
            1) {
        return nullptr;
    }
    return OwnedPkey(key);
}

// The point is on the curve, not at infinity, and of the group's order.
bool is_valid_point(EVP_PKEY* key) noexcept {
    const OwnedPkeyContext ctx(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));

    return ctx && EVP_PKEY_public_check(ctx.get()) == 1;
}

}  // namespace

Result<PublicKey> PublicKey::rsa(std::string_view n, std::string_view e) {
    const CleanErrors clean;

    n = without_leading_zeros(n);
    e = without_leading_zeros(e);
    if (n.size() > kMaxRsaBits / 8 || e.empty() || e.size() > 4) {
        return Error{Errc::malformed, "the RSA key's size is out of bounds"};
    }

    OwnedBignum modulus = bignum(n);
    OwnedBignum exponent = bignum(e);
    if (!modulus || !exponent) {
        base::out_of_memory();
    }

    const auto bits = static_cast<unsigned>(BN_num_bits(modulus.get()));
    if (bits < kMinRsaBits || !BN_is_odd(modulus.get())) {
        return Error{Errc::malformed, "the RSA modulus is too small or even"};
    }
    if (!BN_is_odd(exponent.get()) || BN_is_one(exponent.get())) {
        return Error{Errc::malformed, "the RSA exponent is even or 1"};
    }

    const OwnedParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N,
                               modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E,
                               exponent.get()) != 1) {
        base::out_of_memory();
    }
    OwnedPkey key = public_key("RSA", builder.get());
    if (!key) {
        return no_key();
    }
    return PublicKey(new State(std::move(key)), KeyKind::rsa, bits);
}

Result<PublicKey> PublicKey::ec(Curve curve, std::string_view x,
                                std::string_view y) {
    const CleanErrors clean;
    const CurveFacts facts = facts_of(curve);

    if (x.size() != facts.bytes || y.size() != facts.bytes) {
        return Error{Errc::malformed,
                     "an EC coordinate is not of the curve's length"};
    }

    std::string point = "\x04";  // uncompressed (SEC 1 2.3.3)
    point.append(x).append(y);

    const OwnedParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(
            builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, facts.name, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                         point.data(), point.size()) != 1) {
        base::out_of_memory();
    }
    OwnedPkey key = public_key("EC", builder.get());
    if (!key || !is_valid_point(key.get())) {
        return no_key();
    }
    return PublicKey(new State(std::move(key)), facts.kind, facts.bits);
}

Result<PublicKey> PublicKey::raw(const char* type, KeyKind kind,
                                 std::string_view x) {
    const CleanErrors clean;
    OwnedPkey key(EVP_PKEY_new_raw_public_key_ex(nullptr, type, nullptr,
                                                 bytes_of(x), x.size()));

    if (!key) {
        return no_key();
    }
    const auto bits = static_cast<unsigned>(8 * x.size());
    return PublicKey(new State(std::move(key)), kind, bits);
}

Result<PublicKey> PublicKey::ed25519(std::string_view x) {
    if (x.size() != 32) {
        return Error{Errc::malformed, "an Ed25519 key is not 32 bytes"};
    }
    return raw("ED25519", KeyKind::ed25519, x);
}

Result<PublicKey> PublicKey::ed448(std::string_view x) {
    if (x.size() != 57) {
        return Error{Errc::malformed, "an Ed448 key is not 57 bytes"};
    }
    return raw("ED448", KeyKind::ed448, x);
}

PublicKey::PublicKey(PublicKey&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)),
      kind_(other.kind_),
      bits_(other.bits_) {
}

PublicKey& PublicKey::operator=(PublicKey&& other) noexcept {
    if (this != &other) {
        delete state_;
        state_ = std::exchange(other.state_, nullptr);
        kind_ = other.kind_;
        bits_ = other.bits_;
    }
    return *this;
}

PublicKey::~PublicKey() {
    delete state_;
}

}  // namespace crypto
