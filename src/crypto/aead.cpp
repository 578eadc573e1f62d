// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <climits>
#include <openssl/rand.h>
#include <utility>

#include "crypto/openssl.hpp"

namespace crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;

using OwnedCipher = Owned<EVP_CIPHER, EVP_CIPHER_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
static_assert(kAeadOverhead == kNonce + kTag);

// OpenSSL counts bytes in an int.
bool too_long(std::string_view a, std::string_view b) noexcept {
    return a.size() > INT_MAX - kAeadOverhead || b.size() > INT_MAX;
}

int length(std::string_view s) noexcept {
    return static_cast<int>(s.size());
}

Error no_cipher() {
    check_memory();
    return {Errc::internal_error, "no cipher"};
}

}  // namespace

// One context for each direction, its key expanded once.
struct Aead::State {
    OwnedCipherContext seal{EVP_CIPHER_CTX_new()};
    OwnedCipherContext open{EVP_CIPHER_CTX_new()};
};

Result<Aead> Aead::create(const base::Secret& key) {
    const CleanErrors clean;

    if (key.size() != 32) {
        return Error{Errc::internal_error, "the key is not 32 bytes"};
    }

    const OwnedCipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
    auto state = std::make_unique<State>();
    const unsigned char* bytes = bytes_of(key.reveal());

    if (!cipher || !state->seal || !state->open ||
        EVP_EncryptInit_ex2(state->seal.get(), cipher.get(), bytes, nullptr,
                            nullptr) != 1 ||
        EVP_DecryptInit_ex2(state->open.get(), cipher.get(), bytes, nullptr,
                            nullptr) != 1) {
        return no_cipher();
    }
    return Aead(state.release());
}

Aead::Aead(Aead&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)) {
}

Aead& Aead::operator=(Aead&& other) noexcept {
    if (this != &other) {
        delete state_;
        state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
}

Aead::~Aead() {
    delete state_;
}

Result<std::string> Aead::seal(std::string_view plain,
                               std::string_view associated) const {
    const CleanErrors clean;

    if (state_ == nullptr || too_long(plain, associated)) {
        return no_cipher();
    }

    EVP_CIPHER_CTX* ctx = state_->seal.get();
    std::string sealed(plain.size() + kAeadOverhead, '\0');
    unsigned char* nonce = bytes_of(sealed);
    unsigned char* text = nonce + kNonce;
    unsigned char* tag = text + plain.size();
    int ignored = 0;

    if (RAND_bytes(nonce, kNonce) != 1) {
        return Errc::random_failed;
    }
    if (EVP_EncryptInit_ex2(ctx, nullptr, nullptr, nonce, nullptr) != 1 ||
        EVP_EncryptUpdate(ctx, nullptr, &ignored, bytes_of(associated),
                          length(associated)) != 1 ||
        EVP_EncryptUpdate(ctx, text, &ignored, bytes_of(plain),
                          length(plain)) != 1 ||
        EVP_EncryptFinal_ex(ctx, tag, &ignored) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, kTag, tag) != 1) {
        return no_cipher();
    }
    return sealed;
}

Result<std::string> Aead::open(std::string_view sealed,
                               std::string_view associated) const {
    const CleanErrors clean;

    if (state_ == nullptr || sealed.size() < kAeadOverhead ||
        too_long(sealed, associated)) {
        return Errc::session_invalid;
    }

    EVP_CIPHER_CTX* ctx = state_->open.get();
    const std::string_view text =
        sealed.substr(kNonce, sealed.size() - kAeadOverhead);
    std::string tag(sealed.substr(sealed.size() - kTag));
    std::string plain(text.size(), '\0');
    int ignored = 0;

    if (EVP_DecryptInit_ex2(ctx, nullptr, nullptr, bytes_of(sealed), nullptr) !=
            1 ||
        EVP_DecryptUpdate(ctx, nullptr, &ignored, bytes_of(associated),
                          length(associated)) != 1 ||
        EVP_DecryptUpdate(ctx, bytes_of(plain), &ignored, bytes_of(text),
                          length(text)) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) !=
            1 ||
        EVP_DecryptFinal_ex(ctx, bytes_of(plain) + plain.size(), &ignored) !=
            1) {
        // Unauthenticated bytes are not passed on.
        base::wipe(plain.data(), plain.size());
        check_memory();
        return Errc::session_invalid;
    }
    return plain;
}

}  // namespace crypto
