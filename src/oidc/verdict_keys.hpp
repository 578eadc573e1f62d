// Knows by what a verdict about a bearer token is found: SHA-256 of all its
// bytes, and of all that the verdict depends on but the keys.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace oidc {

// A new token is asked for more than once while it is judged: the last one is
// remembered, byte for byte, unless it is very long.
class VerdictKeys {
public:
    VerdictKeys() = default;
    VerdictKeys(const VerdictKeys&) = delete;
    VerdictKeys& operator=(const VerdictKeys&) = delete;
    ~VerdictKeys() { base::wipe(token_.data(), token_.size()); }

    const crypto::Digest256& of(std::uint64_t policy_id,
                                std::string_view token);

private:
    std::uint64_t policy_id_ = 0;
    std::size_t size_ = 0;  // of the token; 0: none yet
    std::array<char, 4096> token_{};
    crypto::Digest256 digest_{};
};

}  // namespace oidc
