// SPDX-License-Identifier: Apache-2.0
// SHA-2, and a comparison of digests in constant time.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace crypto {

enum class Hash { sha256, sha384, sha512 };

using Digest256 = std::array<std::uint8_t, 32>;

inline std::string_view view(const Digest256& d) noexcept {
    return {reinterpret_cast<const char*>(d.data()), d.size()};
}

// Prepares the digests once per process; called when a worker starts.
// Afterwards sha256() can fail only for lack of memory. Without this, the first
// call prepares them.
base::Status prepare_digests() noexcept;

// The digest of the pieces, concatenated. Throws std::bad_alloc.
Digest256 sha256(std::initializer_list<std::string_view> pieces);
inline Digest256 sha256(std::string_view bytes) {
    return sha256({bytes});
}
// The digests of `front`, and of `front`, `back` and `context` concatenated;
// `front` is read once for both. Throws std::bad_alloc.
struct Forked {
    Digest256 front;
    Digest256 whole;
};
Forked sha256_forked(std::string_view front, std::string_view back,
                     std::string_view context);
// 32, 48 or 64 bytes. Throws std::bad_alloc.
std::string digest(Hash, std::string_view bytes);

// Takes time that depends on the lengths only.
bool equal(std::string_view a, std::string_view b) noexcept;

}  // namespace crypto
