// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "crypto/pkey_state.hpp"

namespace crypto {
namespace {

// Three of the longest coordinates' worth: the DER form of two of them.
constexpr std::size_t kMaxDerSignature = 3 * 66;

// The length of r and of s; 0 for keys that do not sign so.
constexpr std::size_t scalar_bytes(KeyKind kind) noexcept {
    switch (kind) {
        case KeyKind::ec_p256:
            return facts_of(Curve::p256).bytes;
        case KeyKind::ec_p384:
            return facts_of(Curve::p384).bytes;
        case KeyKind::ec_p521:
            return facts_of(Curve::p521).bytes;
        case KeyKind::rsa:
        case KeyKind::ed25519:
        case KeyKind::ed448:
            return 0;
    }
    return 0;
}

// A no that is one, and not a want of memory.
bool is_yes(bool answer) {
    if (!answer) {
        check_memory();
    }
    return answer;
}

bool set_padding(EVP_PKEY_CTX* ctx, Padding padding, const EVP_MD* md) {
    switch (padding) {
        // Without the digest's name OpenSSL compares what was padded as it is
        // (EVP_PKEY_CTX_set_signature_md(3)), and need not make the DigestInfo
        // each time.
        case Padding::pkcs1:
            return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
        case Padding::pss:
            return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) >
                       0 &&
                   EVP_PKEY_CTX_set_rsa_pss_saltlen(
                       ctx, RSA_PSS_SALTLEN_DIGEST) > 0 &&
                   EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0 &&
                   EVP_PKEY_CTX_set_signature_md(ctx, md) > 0;
    }
    return false;
}

// The part of the DER of a DigestInfo, which RSASSA-PKCS1-v1_5 signs, that
// precedes the digest (RFC 8017 9.2, note 1).
using DigestInfoFront = std::array<unsigned char, 19>;

constexpr DigestInfoFront digest_info_front(Hash hash) noexcept {
    const auto digest = static_cast<unsigned char>(size_of(hash));
    const auto all = static_cast<unsigned char>(17 + digest);
    // 2.16.840.1.101.3.4.2.n: SHA-256, SHA-384, SHA-512.
    const auto n = static_cast<unsigned char>(1 + index_of(hash));

    return {0x30, all,  0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,  0x01,
            0x65, 0x03, 0x04, 0x02, n,    0x05, 0x00, 0x04, digest};
}

// r||s as the DER that OpenSSL reads: its length, 0 on failure.
std::size_t der_signature(std::string_view raw,
                          std::array<unsigned char, kMaxDerSignature>& der) {
    const OwnedSignature signature(ECDSA_SIG_new());
    OwnedBignum r = bignum(raw.substr(0, raw.size() / 2));
    OwnedBignum s = bignum(raw.substr(raw.size() / 2));

    if (!signature || !r || !s ||
        ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
        return 0;
    }
    // The signature owns them now.
    (void)r.release();
    (void)s.release();

    const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
    unsigned char* out = der.data();
    if (size <= 0 || static_cast<std::size_t>(size) > der.size() ||
        i2d_ECDSA_SIG(signature.get(), &out) != size) {
        return 0;
    }
    return static_cast<std::size_t>(size);
}

// Into size_of(hash) bytes.
void digest_message(Hash hash, const Message& message, unsigned char* out) {
    if (hash == Hash::sha256 && message.sha256) {
        std::copy(message.sha256->begin(), message.sha256->end(), out);
    } else {
        digest_into(hash, {message.bytes}, out);
    }
}

}  // namespace

OwnedPkeyContext PublicKey::State::fresh_context(const EVP_MD* md) noexcept {
    OwnedPkeyContext ctx(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));

    if (!ctx || md == nullptr || EVP_PKEY_verify_init(ctx.get()) != 1) {
        return nullptr;
    }
    return ctx;
}

EVP_PKEY_CTX* PublicKey::State::rsa_context(Hash hash,
                                            Padding padding) noexcept {
    OwnedPkeyContext& made =
        contexts[static_cast<std::size_t>(padding)][index_of(hash)];

    if (!made) {
        const EVP_MD* md = fetched(hash);
        OwnedPkeyContext ctx = fresh_context(md);

        if (ctx && set_padding(ctx.get(), padding, md)) {
            made = std::move(ctx);
        }
    }
    return made.get();
}

EVP_PKEY_CTX* PublicKey::State::ec_context(Hash hash) noexcept {
    OwnedPkeyContext& made = contexts[0][index_of(hash)];

    if (!made) {
        const EVP_MD* md = fetched(hash);
        OwnedPkeyContext ctx = fresh_context(md);

        if (ctx && EVP_PKEY_CTX_set_signature_md(ctx.get(), md) > 0) {
            made = std::move(ctx);
        }
    }
    return made.get();
}

bool PublicKey::State::verify(EVP_PKEY_CTX* ctx,
                              std::span<const unsigned char> front, Hash hash,
                              const Message& message,
                              const unsigned char* signature,
                              std::size_t size) {
    unsigned char signed_bytes[sizeof(DigestInfoFront) + 64];
    unsigned char* const digest =
        std::copy(front.begin(), front.end(), signed_bytes);

    digest_message(hash, message, digest);
    // 1 alone is yes: 0 and all that is negative are the ways to say no.
    return is_yes(ctx != nullptr &&
                  EVP_PKEY_verify(ctx, signature, size, signed_bytes,
                                  front.size() + size_of(hash)) == 1);
}

bool PublicKey::verify_rsa(Hash hash, Padding padding, const Message& message,
                           std::string_view signature) const {
    // RFC 8017 8.1.2 (1), 8.2.2 (1): as long as the modulus.
    if (state_ == nullptr || kind_ != KeyKind::rsa ||
        signature.size() != (bits_ + 7) / 8) {
        return false;
    }

    const CleanErrors clean;
    const auto info = digest_info_front(hash);
    const std::span front(info.data(),
                          padding == Padding::pkcs1 ? info.size() : 0);
    return state_->verify(state_->rsa_context(hash, padding), front, hash,
                          message, bytes_of(signature), signature.size());
}

bool PublicKey::verify_ecdsa(Hash hash, const Message& message,
                             std::string_view signature) const {
    const std::size_t scalar = scalar_bytes(kind_);

    if (state_ == nullptr || scalar == 0 || signature.size() != 2 * scalar) {
        return false;
    }

    const CleanErrors clean;
    std::array<unsigned char, kMaxDerSignature> der;
    const std::size_t size = der_signature(signature, der);
    // OpenSSL refuses r and s outside 1…n-1.
    return is_yes(size != 0) && state_->verify(state_->ec_context(hash), {},
                                               hash, message, der.data(), size);
}

bool PublicKey::verify_eddsa(std::string_view message,
                             std::string_view signature) const {
    const bool ed25519 = kind_ == KeyKind::ed25519;

    if (state_ == nullptr || (!ed25519 && kind_ != KeyKind::ed448) ||
        signature.size() != (ed25519 ? 64u : 114u)) {
        return false;
    }

    const CleanErrors clean;
    const OwnedMdContext ctx(EVP_MD_CTX_new());
    return is_yes(
        ctx &&
        EVP_DigestVerifyInit_ex(ctx.get(), nullptr, nullptr, nullptr, nullptr,
                                state_->key.get(), nullptr) == 1 &&
        EVP_DigestVerify(ctx.get(), bytes_of(signature), signature.size(),
                         bytes_of(message), message.size()) == 1);
}

}  // namespace crypto
