// SPDX-License-Identifier: Apache-2.0
// HMAC and HKDF (RFC 2104, RFC 5869).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace crypto {

// Makes what HMAC-SHA256 and HKDF need, once per process, when a worker
// starts. Without it the first calls do.
base::Status prepare_macs() noexcept;

base::Result<std::string> hmac(Hash, std::string_view key,
                               std::string_view message);

// HMAC-SHA256 over the parts, each preceded by its 64-bit length, so that no
// two lists of parts give the same message.
base::Result<Digest256> hmac_fields(
    std::string_view key, std::initializer_list<std::string_view> parts);

// HKDF-SHA256: 32 bytes for one purpose out of a secret of any length.
base::Result<base::Secret> derive_key(std::string_view secret,
                                      std::string_view purpose);

}  // namespace crypto
