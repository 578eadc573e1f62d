// SPDX-License-Identifier: Apache-2.0
// The key of a verdict about a bearer token: SHA-256 of all bytes of the token
// and of all that the verdict depends on, except the keys.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/secret.hpp"
#include "jose/digested_token.hpp"

namespace oidc::memory {

// A new token is looked up more than once while it is judged, so the last one
// is remembered, byte for byte, unless it is very long.
class TokenDigestMemo {
public:
    TokenDigestMemo() = default;
    TokenDigestMemo(const TokenDigestMemo&) = delete;
    TokenDigestMemo& operator=(const TokenDigestMemo&) = delete;
    ~TokenDigestMemo() { base::wipe(copy_.data(), copy_.size()); }

    // Holds as long as the token, until the next call: the verdict's key is
    // the digest of all.
    const jose::DigestedToken& of(std::uint64_t policy_id,
                                  std::string_view token);

private:
    bool is_last(std::uint64_t policy_id, std::string_view token) const;

    std::uint64_t policy_id_ = 0;
    bool is_kept_ = false;
    std::optional<jose::DigestedToken> last_;
    std::array<char, 4096> copy_{};  // of its token
};

}  // namespace oidc::memory
