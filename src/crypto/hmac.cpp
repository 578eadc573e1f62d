// SPDX-License-Identifier: Apache-2.0
#include "crypto/hmac.hpp"

#include <openssl/kdf.h>

#include "crypto/openssl.hpp"

namespace crypto {
namespace {

using base::Errc;
using base::Error;
using base::Result;

using OwnedMac = Owned<EVP_MAC, EVP_MAC_free>;
using OwnedMacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using OwnedKdf = Owned<EVP_KDF, EVP_KDF_free>;

// Per process, like the digests; a context keeps its hash and takes a key.
EVP_MAC_CTX* contexts[kHashes];

OSSL_PARAM text_param(const char* key, const char* value) noexcept {
    // OpenSSL reads what it is given through a pointer that is not const.
    return OSSL_PARAM_construct_utf8_string(key, const_cast<char*>(value), 0);
}

OSSL_PARAM bytes_param(const char* key, std::string_view value) noexcept {
    return OSSL_PARAM_construct_octet_string(
        key, const_cast<unsigned char*>(bytes_of(value)), value.size());
}

EVP_MAC_CTX* context(Hash hash) noexcept {
    EVP_MAC_CTX*& made = contexts[index_of(hash)];

    if (made == nullptr) {
        const OwnedMac mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
        OwnedMacContext fresh(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
        const OSSL_PARAM params[] = {
            text_param(OSSL_MAC_PARAM_DIGEST, name_of(hash)),
            OSSL_PARAM_construct_end()};

        if (!fresh || EVP_MAC_CTX_set_params(fresh.get(), params) != 1) {
            return nullptr;
        }
        made = fresh.release();
    }
    return made;
}

// With an algorithm and a key, only lack of memory can be the cause.
void need(bool done) {
    if (!done) {
        base::out_of_memory();
    }
}

EVP_MAC_CTX* start(Hash hash, std::string_view key) {
    EVP_MAC_CTX* ctx = context(hash);

    need(ctx != nullptr &&
         EVP_MAC_init(ctx, bytes_of(key), key.size(), nullptr) == 1);
    return ctx;
}

void update(EVP_MAC_CTX* ctx, std::string_view bytes) {
    need(EVP_MAC_update(ctx, bytes_of(bytes), bytes.size()) == 1);
}

void update_field(EVP_MAC_CTX* ctx, std::string_view field) {
    char length[8];

    for (unsigned i = 0; i < 8; i++) {
        length[i] = static_cast<char>((field.size() >> (56 - 8 * i)) & 0xff);
    }
    update(ctx, {length, sizeof length});
    update(ctx, field);
}

void finish(EVP_MAC_CTX* ctx, unsigned char* out, std::size_t size) {
    std::size_t written = 0;

    need(EVP_MAC_final(ctx, out, &written, size) == 1 && written == size);
}

// A MAC without a key would prove nothing.
constexpr Error kNoKey{Errc::internal_error, "a MAC without a key"};

// Made once, like the others; it takes all its parameters at each call.
EVP_KDF_CTX* hkdf() noexcept {
    static EVP_KDF_CTX* made;

    if (made == nullptr) {
        const OwnedKdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
        made = kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr;
    }
    return made;
}

}  // namespace

base::Status prepare_macs() noexcept {
    const CleanErrors clean;

    return context(Hash::sha256) != nullptr && hkdf() != nullptr
               ? base::Status()
               : Errc::internal_error;
}

Result<std::string> hmac(Hash hash, std::string_view key,
                         std::string_view message) {
    const CleanErrors clean;
    std::string out(size_of(hash), '\0');

    if (key.empty()) {
        return kNoKey;
    }
    EVP_MAC_CTX* const ctx = start(hash, key);
    update(ctx, message);
    finish(ctx, bytes_of(out), out.size());
    return out;
}

Result<Digest256> hmac_fields(std::string_view key,
                              std::initializer_list<std::string_view> parts) {
    const CleanErrors clean;
    Digest256 out;

    if (key.empty()) {
        return kNoKey;
    }
    EVP_MAC_CTX* const ctx = start(Hash::sha256, key);
    for (const std::string_view part : parts) {
        update_field(ctx, part);
    }
    finish(ctx, out.data(), out.size());
    return out;
}

Result<base::Secret> derive_key(std::string_view secret,
                                std::string_view purpose) {
    const CleanErrors clean;
    std::string key(32, '\0');
    const OSSL_PARAM params[] = {
        text_param(OSSL_KDF_PARAM_DIGEST, name_of(Hash::sha256)),
        bytes_param(OSSL_KDF_PARAM_KEY, secret),
        bytes_param(OSSL_KDF_PARAM_INFO, purpose), OSSL_PARAM_construct_end()};

    if (secret.empty()) {
        return Error{Errc::internal_error, "no secret to derive a key from"};
    }
    EVP_KDF_CTX* const ctx = hkdf();
    need(ctx != nullptr);
    const int derived = EVP_KDF_derive(ctx, bytes_of(key), key.size(), params);
    EVP_KDF_CTX_reset(ctx);  // forgets the secret
    need(derived == 1);
    return base::Secret::take(key);
}

}  // namespace crypto
