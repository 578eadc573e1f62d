// Knows by what a verdict about a bearer token is found: SHA-256 of all its
// bytes, and of all that the verdict depends on but the keys.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace oidc {

// A new token is asked for more than once while it is judged: the last one is
// remembered, byte for byte.
class VerdictKeys {
public:
    const crypto::Digest256& of(std::uint64_t policy_id,
                                std::string_view token);

private:
    std::uint64_t policy_id_ = 0;
    base::Secret token_;  // empty: none yet
    crypto::Digest256 digest_{};
};

}  // namespace oidc
