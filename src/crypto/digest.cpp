// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include <openssl/crypto.h>

#include "crypto/openssl.hpp"

namespace crypto {
namespace {

// Per process, made at first use and kept: plain pointers, so that nothing
// runs before main() or when nginx unloads the module. A worker that inherits
// them from its master by fork() owns its copy.
EVP_MD* algorithms[kHashes];
EVP_MD_CTX* contexts[kHashes];
EVP_MD_CTX* aside;  // of a digest that goes on without it

// A context set up for `hash`.
EVP_MD_CTX* context(Hash hash) noexcept {
    EVP_MD_CTX*& made = contexts[index_of(hash)];

    if (made == nullptr) {
        const EVP_MD* md = fetched(hash);
        OwnedMdContext fresh(md == nullptr ? nullptr : EVP_MD_CTX_new());

        if (!fresh || EVP_DigestInit_ex2(fresh.get(), md, nullptr) != 1) {
            return nullptr;
        }
        made = fresh.release();
    }
    return made;
}

}  // namespace

const EVP_MD* fetched(Hash hash) noexcept {
    EVP_MD*& md = algorithms[index_of(hash)];

    if (md == nullptr) {
        md = EVP_MD_fetch(nullptr, name_of(hash), nullptr);
    }
    return md;
}

namespace {

using Pieces = std::initializer_list<std::string_view>;

bool update(EVP_MD_CTX* ctx, Pieces pieces) noexcept {
    for (const std::string_view piece : pieces) {
        if (EVP_DigestUpdate(ctx, piece.data(), piece.size()) != 1) {
            return false;
        }
    }
    return true;
}

bool fork(std::string_view front, Pieces rest, Forked& out) noexcept {
    EVP_MD_CTX* const ctx = context(Hash::sha256);
    if (aside == nullptr) {
        aside = EVP_MD_CTX_new();
    }
    return ctx != nullptr && aside != nullptr &&
           EVP_DigestInit_ex2(ctx, nullptr, nullptr) == 1 &&
           update(ctx, {front}) && EVP_MD_CTX_copy_ex(aside, ctx) == 1 &&
           EVP_DigestFinal_ex(aside, out.front.data(), nullptr) == 1 &&
           update(ctx, rest) &&
           EVP_DigestFinal_ex(ctx, out.whole.data(), nullptr) == 1;
}

}  // namespace

void digest_into(Hash hash, Pieces pieces, unsigned char* out) {
    EVP_MD_CTX* ctx = context(hash);

    // A value returned for a digest that could not be computed would be the
    // same for all input, and one user's cache entry would be another's.
    if (ctx == nullptr || EVP_DigestInit_ex2(ctx, nullptr, nullptr) != 1 ||
        !update(ctx, pieces) || EVP_DigestFinal_ex(ctx, out, nullptr) != 1) {
        const CleanErrors clean;
        base::out_of_memory();
    }
}

base::Status prepare_digests() noexcept {
    const CleanErrors clean;

    for (const Hash hash : {Hash::sha256, Hash::sha384, Hash::sha512}) {
        if (context(hash) == nullptr) {
            return base::Errc::internal_error;
        }
    }
    return {};
}

Digest256 sha256(std::initializer_list<std::string_view> pieces) {
    Digest256 out;

    digest_into(Hash::sha256, pieces, out.data());
    return out;
}

Forked sha256_forked(std::string_view front, std::string_view back,
                     std::string_view context) {
    Forked out;

    if (fork(front, {back, context}, out)) {
        return out;
    }
    // There was no memory for the second context.
    const CleanErrors clean;
    return {sha256(front), sha256({front, back, context})};
}

std::string digest(Hash hash, std::string_view bytes) {
    std::string out(size_of(hash), '\0');

    digest_into(hash, {bytes}, bytes_of(out));
    return out;
}

bool equal(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() &&
           CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace crypto
