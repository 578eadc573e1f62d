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
using OwnedKdfContext = Owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;

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

// A MAC without a key proves nothing, so that an empty one is a fault.
EVP_MAC_CTX* start(Hash hash, std::string_view key) noexcept {
    EVP_MAC_CTX* ctx = key.empty() ? nullptr : context(hash);

    if (ctx == nullptr ||
        EVP_MAC_init(ctx, bytes_of(key), key.size(), nullptr) != 1) {
        return nullptr;
    }
    return ctx;
}

bool update(EVP_MAC_CTX* ctx, std::string_view bytes) noexcept {
    return EVP_MAC_update(ctx, bytes_of(bytes), bytes.size()) == 1;
}

bool finish(EVP_MAC_CTX* ctx, unsigned char* out, std::size_t size) noexcept {
    std::size_t written = 0;

    return EVP_MAC_final(ctx, out, &written, size) == 1 && written == size;
}

bool update_field(EVP_MAC_CTX* ctx, std::string_view field) noexcept {
    char length[8];

    for (unsigned i = 0; i < 8; i++) {
        length[i] = static_cast<char>((field.size() >> (56 - 8 * i)) & 0xff);
    }
    return update(ctx, {length, sizeof length}) && update(ctx, field);
}

constexpr Error kNoMac{Errc::internal_error, "no MAC"};

}  // namespace

Result<std::string> hmac(Hash hash, std::string_view key,
                         std::string_view message) {
    const CleanErrors clean;
    std::string out(size_of(hash), '\0');
    EVP_MAC_CTX* ctx = start(hash, key);

    if (ctx == nullptr || !update(ctx, message) ||
        !finish(ctx, bytes_of(out), out.size())) {
        return kNoMac;
    }
    return out;
}

Result<Digest256> hmac_fields(std::string_view key,
                              std::initializer_list<std::string_view> parts) {
    const CleanErrors clean;
    Digest256 out;
    EVP_MAC_CTX* ctx = start(Hash::sha256, key);

    if (ctx == nullptr) {
        return kNoMac;
    }
    for (const std::string_view part : parts) {
        if (!update_field(ctx, part)) {
            return kNoMac;
        }
    }
    if (!finish(ctx, out.data(), out.size())) {
        return kNoMac;
    }
    return out;
}

Result<base::Secret> derive_key(std::string_view secret,
                                std::string_view purpose) {
    const CleanErrors clean;
    const OwnedKdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
    const OwnedKdfContext ctx(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    const OSSL_PARAM params[] = {
        text_param(OSSL_KDF_PARAM_DIGEST, name_of(Hash::sha256)),
        bytes_param(OSSL_KDF_PARAM_KEY, secret),
        bytes_param(OSSL_KDF_PARAM_INFO, purpose), OSSL_PARAM_construct_end()};
    std::string key(32, '\0');

    if (secret.empty() || !ctx ||
        EVP_KDF_derive(ctx.get(), bytes_of(key), key.size(), params) != 1) {
        return Error{Errc::internal_error, "no key could be derived"};
    }
    return base::Secret::take(key);
}

}  // namespace crypto
