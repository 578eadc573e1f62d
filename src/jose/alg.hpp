// SPDX-License-Identifier: Apache-2.0
// The signature algorithms, and sets of them. `none` is not one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/digest.hpp"

namespace jose {

enum class Alg : std::uint8_t {
#define X(name, family, hash) name,
#include "jose/algorithms.def"
#undef X
};

enum class Family {
    rsa_pkcs1,
    rsa_pss,
    ecdsa_p256,
    ecdsa_p384,
    ecdsa_p521,
    eddsa,
    hmac
};

// Byte for byte (RFC 7515 4.1.1 is case-sensitive).
std::optional<Alg> parse_alg(std::string_view name) noexcept;
std::string_view name(Alg) noexcept;
Family family(Alg) noexcept;
crypto::Hash hash(Alg) noexcept;

class AlgSet {
public:
    constexpr AlgSet() = default;
    constexpr AlgSet& add(Alg a) noexcept {
        bits_ |= bit(a);
        return *this;
    }
    constexpr bool has(Alg a) const noexcept { return bits_ & bit(a); }
    constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr std::uint32_t bits() const noexcept { return bits_; }
    // All asymmetric ones.
    static AlgSet asymmetric() noexcept;

private:
    static constexpr std::uint32_t bit(Alg a) noexcept {
        return 1u << static_cast<unsigned>(a);
    }
    std::uint32_t bits_ = 0;
};

}  // namespace jose
