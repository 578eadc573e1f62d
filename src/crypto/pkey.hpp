// SPDX-License-Identifier: Apache-2.0
// Public keys, and the verification of a signature with one.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "crypto/digest.hpp"

namespace crypto {

enum class Curve { p256, p384, p521 };
enum class KeyKind { rsa, ec_p256, ec_p384, ec_p521, ed25519, ed448 };
enum class Padding { pkcs1, pss };

// The signed bytes, and their SHA-256 if it was computed before.
struct Message {
    Message(std::string_view text) noexcept : bytes(text) {}
    Message(const char* text) noexcept : bytes(text) {}
    Message(std::string_view text, const Digest256& digest) noexcept
        : bytes(text), sha256(digest) {}

    std::string_view bytes;
    std::optional<Digest256> sha256;
};

// A key that passed every check at import, with the contexts that make
// verifying with it cheap. Not shared between threads.
class PublicKey {
public:
    // Big-endian bytes. 2048…8192 bits, e odd and 3 <= e < 2^32.
    static base::Result<PublicKey> rsa(std::string_view n, std::string_view e);
    // Coordinates of the curve's full length, on the curve.
    static base::Result<PublicKey> ec(Curve, std::string_view x,
                                      std::string_view y);
    // 32 or 57 bytes.
    static base::Result<PublicKey> ed25519(std::string_view x);
    static base::Result<PublicKey> ed448(std::string_view x);

    PublicKey(PublicKey&&) noexcept;
    PublicKey& operator=(PublicKey&&) noexcept;
    ~PublicKey();

    KeyKind kind() const noexcept { return kind_; }
    unsigned bits() const noexcept { return bits_; }

    // All throw std::bad_alloc: without memory a signature is neither good
    // nor bad.
    //
    // RFC 7518 3.3 and 3.5 (salt as long as the hash, same hash in MGF1).
    bool verify_rsa(Hash, Padding, const Message&,
                    std::string_view signature) const;
    // RFC 7518 3.4: r and s, each of the curve's length; nothing else.
    bool verify_ecdsa(Hash, const Message&, std::string_view signature) const;
    // RFC 8037 3.1.
    bool verify_eddsa(std::string_view message,
                      std::string_view signature) const;

private:
    struct State;
    PublicKey(State* state, KeyKind kind, unsigned bits) noexcept
        : state_(state), kind_(kind), bits_(bits) {}
    static base::Result<PublicKey> raw(const char* type, KeyKind kind,
                                       std::string_view x);
    State* state_;
    KeyKind kind_;
    unsigned bits_;
};

}  // namespace crypto
