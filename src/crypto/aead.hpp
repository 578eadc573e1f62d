// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM with a random 96-bit nonce in front of each message.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace crypto {

inline constexpr std::size_t kAeadOverhead = 12 + 16;  // nonce and tag, bytes

// One key's prepared context; not shared between threads.
class Aead {
public:
    // `key` is 32 bytes.
    static base::Result<Aead> create(const base::Secret& key);
    Aead(Aead&&) noexcept;
    Aead& operator=(Aead&&) noexcept;
    ~Aead();

    base::Result<std::string> seal(std::string_view plain,
                                   std::string_view associated) const;
    // One error for all that can be wrong: session_invalid.
    base::Result<std::string> open(std::string_view sealed,
                                   std::string_view associated) const;

private:
    struct State;
    explicit Aead(State* state) noexcept : state_(state) {}
    State* state_;
};

}  // namespace crypto
