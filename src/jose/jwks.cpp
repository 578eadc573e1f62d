// SPDX-License-Identifier: Apache-2.0
#include "jose/jwks.hpp"

#include "base/base64url.hpp"
#include "jose/jws.hpp"

namespace jose {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::json::Value;
using crypto::PublicKey;

constexpr std::size_t kMaxJwksDepth = 8;

bool fits_kind(crypto::KeyKind kind, Family family) noexcept {
    using crypto::KeyKind;

    switch (family) {
        case Family::rsa_pkcs1:
        case Family::rsa_pss:
            return kind == KeyKind::rsa;
        case Family::ecdsa_p256:
            return kind == KeyKind::ec_p256;
        case Family::ecdsa_p384:
            return kind == KeyKind::ec_p384;
        case Family::ecdsa_p521:
            return kind == KeyKind::ec_p521;
        case Family::eddsa:
            return kind == KeyKind::ed25519 || kind == KeyKind::ed448;
        case Family::hmac:
            return false;
    }
    return false;
}

// A key that is to verify signatures, and for nothing else (RFC 7517 4.2,
// 4.3).
bool is_for_verifying(Value jwk) noexcept {
    const Value use = jwk.member("use");
    const Value operations = jwk.member("key_ops");
    bool verify = false;

    if (use.present() && use.string() != "sig") {
        return false;
    }
    if (!operations.present()) {
        return true;
    }
    for (const Value one : operations.elements()) {
        const auto operation = one.string();

        if (operation == "verify") {
            verify = true;
        } else if (operation != "sign") {
            return false;
        }
    }
    return operations.is_array() && verify;
}

// The bytes of a base64url member; "" for what is none, which no key takes.
std::string bytes(Value jwk, std::string_view name) {
    const auto text = jwk.member(name).string();

    if (!text || text->empty()) {
        return {};
    }
    auto decoded = base::base64url_decode(*text);
    return decoded ? std::move(*decoded) : std::string();
}

Result<PublicKey> import_ec(Value jwk) {
    const auto crv = jwk.member("crv").string();
    const std::string x = bytes(jwk, "x");
    const std::string y = bytes(jwk, "y");

    if (crv == "P-256") {
        return PublicKey::ec(crypto::Curve::p256, x, y);
    }
    if (crv == "P-384") {
        return PublicKey::ec(crypto::Curve::p384, x, y);
    }
    if (crv == "P-521") {
        return PublicKey::ec(crypto::Curve::p521, x, y);
    }
    return Error{Errc::malformed, "the key's crv is not one of ours"};
}

Result<PublicKey> import_okp(Value jwk) {
    const auto crv = jwk.member("crv").string();

    if (crv == "Ed25519") {
        return PublicKey::ed25519(bytes(jwk, "x"));
    }
    if (crv == "Ed448") {
        return PublicKey::ed448(bytes(jwk, "x"));
    }
    return Error{Errc::malformed, "the key's crv is not one of ours"};
}

Result<PublicKey> import_key(Value jwk) {
    const auto kty = jwk.member("kty").string();

    if (kty == "RSA") {
        return PublicKey::rsa(bytes(jwk, "n"), bytes(jwk, "e"));
    }
    if (kty == "EC") {
        return import_ec(jwk);
    }
    if (kty == "OKP") {
        return import_okp(jwk);
    }
    return Error{Errc::malformed, "the key's kty is not one of ours"};
}

}  // namespace

bool fits(const Jwk& jwk, Alg alg) noexcept {
    return (!jwk.alg || *jwk.alg == alg) &&
           fits_kind(jwk.key.kind(), family(alg));
}

Result<Jwk> import_jwk(Value jwk) {
    const Value kid = jwk.member("kid");
    const Value alg_name = jwk.member("alg");
    std::optional<Alg> alg;

    if (!is_for_verifying(jwk)) {
        return Error{Errc::malformed, "the key is not for verifying"};
    }
    if (kid.present() &&
        (!kid.is_string() || kid.string()->size() > kMaxKidBytes)) {
        return Error{Errc::malformed, "the key's kid is unusable"};
    }
    if (alg_name.present()) {
        alg = parse_alg(alg_name.string().value_or(""));
        if (!alg) {
            return Error{Errc::malformed, "the key's alg is not one of ours"};
        }
    }

    auto key = import_key(jwk);
    if (!key) {
        return key.error();
    }

    Jwk imported{std::string(kid.string().value_or("")), alg, std::move(*key)};
    if (alg && !fits(imported, *alg)) {
        return Error{Errc::malformed, "the key's alg does not fit its kty"};
    }
    return imported;
}

Result<KeySet> KeySet::parse(std::string_view text) {
    const auto document = base::json::Document::parse(
        text, {.bytes = kMaxJwksBytes, .depth = kMaxJwksDepth});
    if (!document) {
        return Error{Errc::idp_malformed, "the key set is not strict JSON"};
    }

    const Value keys = document->root().member("keys");
    if (!keys.is_array()) {
        return Error{Errc::idp_malformed, "the key set has no array of keys"};
    }

    KeySet set;
    std::size_t read = 0;
    for (const Value key : keys.elements()) {
        if (read++ == kMaxKeys) {
            break;
        }
        auto jwk = import_jwk(key);
        if (jwk) {
            set.keys_.push_back(std::move(*jwk));
        }
    }
    if (set.keys_.empty()) {
        return Error{Errc::idp_malformed, "the key set has no usable key"};
    }
    set.ignored_ = keys.size() - set.keys_.size();
    return set;
}

KeySet::Candidates KeySet::candidates(std::optional<std::string_view> kid,
                                      Alg alg) const {
    Candidates found;

    for (const Jwk& jwk : keys_) {
        if ((kid && jwk.kid != *kid) || !fits(jwk, alg)) {
            continue;
        }
        if (found.size() == kMaxCandidates) {
            // Which of them is meant is anyone's guess without a kid.
            return kid ? found : Candidates();
        }
        found.keys_[found.count_++] = &jwk;
    }
    return found;
}

}  // namespace jose
