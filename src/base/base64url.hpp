// SPDX-License-Identifier: Apache-2.0
// Base64url as in JOSE (RFC 7515 2), and base64 as in Basic credentials (RFC
// 4648 4), strict.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

// RFC 7515 2: no padding.
std::string base64url_encode(std::string_view bytes);

// Strict: no padding, no white space, no character of another alphabet, no
// length of 1 mod 4, no loose bits, so that a value has one spelling.
Result<std::string> base64url_decode(std::string_view text);
// Like the function above, into memory of decoded_size(text.size()) bytes.
Status base64url_decode(std::string_view text, char* out);
constexpr std::size_t decoded_size(std::size_t characters) noexcept {
    return characters / 4 * 3 + (characters % 4 == 0 ? 0 : characters % 4 - 1);
}

// RFC 4648 4. Decoding accepts missing padding, as RFC 7617 clients send it,
// and refuses everything else that is not canonical.
std::string base64_encode(std::string_view bytes);
Result<std::string> base64_decode(std::string_view text);

}  // namespace base
