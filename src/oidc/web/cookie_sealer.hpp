// SPDX-License-Identifier: Apache-2.0
// Seals bytes for a browser, so that only this server reads them, and only for
// the purpose that they were sealed for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/aead.hpp"

namespace oidc::web {

inline constexpr std::size_t kMinSecretBytes = 32;

// Why a session_secret cannot be used: it is too short, repeats a few bytes, or
// is a sample from the documents. All samples have the word "example" or
// "change".
base::Status check_secret(std::string_view secret);

enum class Purpose { session, login_attempt };

// What sealed bytes are bound to in addition to the key.
struct SealContext {
    Purpose purpose;
    std::string_view cookie_name;
    std::string_view provider;
    std::string_view client_id;  // who was let in by the provider for one
    std::string_view host;       // the server's: void on another
};

// Ciphertext in base64url, ready for a cookie. Made by Sealer alone.
class SealedBytes {
public:
    const std::string& text() const noexcept { return text_; }

private:
    friend class Sealer;
    explicit SealedBytes(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

class Sealer {
public:
    // The first secret seals, all open: rotation. Keys are derived by
    // HKDF, one for each purpose. config_invalid without a secret.
    static base::Result<Sealer> create(
        const std::vector<base::Secret>& secrets);

    base::Result<SealedBytes> seal(const SealContext&,
                                   std::string_view plain) const;
    // session_invalid, whatever is wrong.
    base::Result<std::string> open(const SealContext&,
                                   std::string_view text) const;

    // 32 bytes each, the keys of names that all servers with these secrets
    // share.
    std::vector<std::string_view> names_keys() const;

private:
    struct Keys {
        crypto::Aead session;
        crypto::Aead login_attempt;
        base::Secret names;
        const crypto::Aead& of(Purpose) const noexcept;
    };
    static base::Result<Keys> derive(const base::Secret&);
    explicit Sealer(std::vector<Keys> keys) : keys_(std::move(keys)) {}
    std::vector<Keys> keys_;
};

}  // namespace oidc::web
