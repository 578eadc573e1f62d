// SPDX-License-Identifier: Apache-2.0
#include "jose/verify.hpp"

#include <algorithm>

#include "base/http.hpp"
#include "crypto/hmac.hpp"

namespace jose {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::Status;

// RFC 7515 4.1.9: "application/" may be left out, and case does not matter.
std::string_view without_prefix(std::string_view typ) noexcept {
    constexpr std::string_view kPrefix = "application/";

    return base::equals_ignore_case(typ.substr(0, kPrefix.size()), kPrefix)
               ? typ.substr(kPrefix.size())
               : typ;
}

// RFC 8725 3.11: a token of another kind names it.
bool allowed(const std::optional<std::string>& typ, TypRule rule) noexcept {
    if (!typ) {
        return true;
    }

    const std::string_view kind = without_prefix(*typ);
    switch (rule) {
        case TypRule::id_token:
            return base::equals_ignore_case(kind, "JWT");
        case TypRule::access_token:
            return base::equals_ignore_case(kind, "JWT") ||
                   base::equals_ignore_case(kind, "at+jwt");
        case TypRule::logout_token:
            return base::equals_ignore_case(kind, "JWT") ||
                   base::equals_ignore_case(kind, "logout+jwt");
    }
    return false;
}

// What a key has to verify: algorithm, signed bytes and signature.
struct Proof {
    Alg alg;
    crypto::Message signing_input;
    std::string_view signature;  // decoded
};

bool signed_by(const Jwk& jwk, const Proof& proof) {
    const crypto::Hash h = hash(proof.alg);

    switch (family(proof.alg)) {
        case Family::rsa_pkcs1:
            return jwk.key.verify_rsa(h, crypto::Padding::pkcs1,
                                      proof.signing_input, proof.signature);
        case Family::rsa_pss:
            return jwk.key.verify_rsa(h, crypto::Padding::pss,
                                      proof.signing_input, proof.signature);
        case Family::ecdsa_p256:
        case Family::ecdsa_p384:
        case Family::ecdsa_p521:
            return jwk.key.verify_ecdsa(h, proof.signing_input,
                                        proof.signature);
        case Family::eddsa:
            return jwk.key.verify_eddsa(proof.signing_input.bytes,
                                        proof.signature);
        case Family::hmac:
            return false;
    }
    return false;
}

// The shared secret is known to both ends and never in a key set, so that no
// public key can reach this (RFC 8725 2.1).
Status check_hmac(const Proof& proof, std::string_view key) {
    const crypto::Hash h = hash(proof.alg);
    const auto expected = crypto::hmac(h, key, proof.signing_input.bytes);

    if (!expected) {
        return Error{Errc::alg_not_allowed, "there is no key for HS*"};
    }
    // RFC 7518 3.2: a key at least as long as the hash.
    if (key.size() < expected->size()) {
        return Error{Errc::alg_not_allowed, "the key for HS* is too short"};
    }
    if (!crypto::equal(*expected, proof.signature)) {
        return Errc::signature_invalid;
    }
    return {};
}

Status check_signature(const Proof& proof,
                       const std::optional<std::string>& kid,
                       const KeySet& keys) {
    const auto candidates = keys.candidates(kid, proof.alg);

    if (candidates.empty()) {
        return Errc::unknown_kid;
    }
    if (std::none_of(candidates.begin(), candidates.end(),
                     [&](const Jwk* jwk) { return signed_by(*jwk, proof); })) {
        return Errc::signature_invalid;
    }
    return {};
}

Result<Claims> read_claims(std::string_view payload, const Limits& limits) {
    if (payload.size() * 3 / 4 > limits.payload_bytes) {
        return Error{Errc::payload_malformed,
                     "the token's payload is longer than the limit"};
    }
    return Claims::decode(payload);
}

}  // namespace

class Verifier {
public:
    Verifier(const KeySet& keys, const VerifyRule& rule)
        : keys_(keys), rule_(rule) {}

    // `digest` is of the token's signing input, if it is known.
    Result<VerifiedToken> verify(std::string_view token,
                                 const crypto::Digest256* digest) const;

private:
    Result<VerifiedToken> verify(const JwsParts&, const crypto::Message&) const;

    const KeySet& keys_;
    const VerifyRule& rule_;
};

Result<VerifiedToken> Verifier::verify(const JwsParts& parts,
                                       const crypto::Message& input) const {
    std::optional<JwsHeader> read;
    const JwsHeader* header = keys_.known_header(parts.header);
    if (header == nullptr) {
        auto parsed = parse_jws_header(parts.header, rule_.limits);
        if (!parsed) {
            return parsed.error();
        }
        header = &read.emplace(std::move(*parsed));
    }
    const auto signature = decode_signature(parts.signature);
    if (!signature) {
        return signature.error();
    }
    const Alg alg = header->alg;
    if (!rule_.algs.has(alg)) {
        return Errc::alg_not_allowed;
    }
    if (!allowed(header->typ, rule_.typ)) {
        return Errc::typ_not_allowed;
    }

    const Proof proof{alg, input, *signature};
    const Status proven = family(alg) == Family::hmac
                              ? check_hmac(proof, rule_.hmac_key)
                              : check_signature(proof, header->kid, keys_);
    if (!proven) {
        return proven.error();
    }
    if (read) {
        keys_.know_header(parts.header, std::move(*read));
    }

    auto claims = read_claims(parts.payload, rule_.limits);
    if (!claims) {
        return claims.error();
    }
    return VerifiedToken(std::move(*claims), alg);
}

Result<VerifiedToken> Verifier::verify(std::string_view token,
                                       const crypto::Digest256* digest) const {
    const auto parts = split_jws(token, rule_.limits);
    auto verified = !parts ? Result<VerifiedToken>(parts.error())
                    : digest == nullptr
                        ? verify(*parts, parts->signing_input)
                        : verify(*parts, {parts->signing_input, *digest});
    if (verified) {
        return verified;
    }
    // A good token was not searched for invalid characters, since none of its
    // parts can be decoded with one; a bad one is, so that this error is
    // reported first.
    const auto jws = parse_jws(token, rule_.limits);
    return jws ? verified.error() : jws.error();
}

Result<VerifiedToken> verify(std::string_view token, const KeySet& keys,
                             const VerifyRule& rule) {
    return Verifier(keys, rule).verify(token, nullptr);
}

Result<VerifiedToken> verify(const DigestedToken& token, const KeySet& keys,
                             const VerifyRule& rule) {
    return Verifier(keys, rule)
        .verify(token.token(), &token.of_signing_input());
}

}  // namespace jose
