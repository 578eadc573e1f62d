// SPDX-License-Identifier: Apache-2.0
// Owners of OpenSSL's objects; included in this room only.
#pragma once

#include <memory>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string>
#include <string_view>

#include "base/bad_alloc.hpp"
#include "crypto/digest.hpp"

namespace crypto {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};

template <class T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

using OwnedBignum = Owned<BIGNUM, BN_free>;
using OwnedParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using OwnedParams = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using OwnedPkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedPkeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using OwnedMdContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

// OpenSSL reports errors in a queue of the thread; an error left there by one
// call would be read as the failure of another, such as a TLS handshake.
class CleanErrors {
public:
    CleanErrors() = default;
    // Clearing looks at every place of the queue, which is nearly always empty.
    ~CleanErrors() {
        if (ERR_peek_error() != 0) {
            ERR_clear_error();
        }
    }
    CleanErrors(const CleanErrors&) = delete;
    CleanErrors& operator=(const CleanErrors&) = delete;
};

// Throws std::bad_alloc if the queue says that memory was short, since the
// failure then says nothing about the input. Call it after a failure; it
// empties the queue.
inline void check_memory() {
    while (const unsigned long error = ERR_get_error()) {
        if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE) {
            base::out_of_memory();
        }
    }
}

inline const unsigned char* bytes_of(std::string_view s) noexcept {
    // Not null: some calls take null for "no change".
    return reinterpret_cast<const unsigned char*>(s.empty() ? "" : s.data());
}

inline unsigned char* bytes_of(std::string& s) noexcept {
    return reinterpret_cast<unsigned char*>(s.data());
}

inline constexpr std::size_t kHashes = 3;

constexpr std::size_t index_of(Hash hash) noexcept {
    return static_cast<std::size_t>(hash);
}

constexpr std::size_t size_of(Hash hash) noexcept {
    switch (hash) {
        case Hash::sha256:
            return 32;
        case Hash::sha384:
            return 48;
        case Hash::sha512:
            return 64;
    }
    return 0;
}

constexpr const char* name_of(Hash hash) noexcept {
    switch (hash) {
        case Hash::sha256:
            return "SHA2-256";
        case Hash::sha384:
            return "SHA2-384";
        case Hash::sha512:
            return "SHA2-512";
    }
    return "";
}

// Fetched once per process; null when OpenSSL has none.
const EVP_MD* fetched(Hash) noexcept;

// Into size_of(hash) bytes. What lacks nothing else fails for want of memory
// alone: throws std::bad_alloc.
void digest_into(Hash, std::initializer_list<std::string_view> pieces,
                 unsigned char* out);

}  // namespace crypto
