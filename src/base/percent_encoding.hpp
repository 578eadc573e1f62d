// SPDX-License-Identifier: Apache-2.0
// Percent-encoding (RFC 3986 2.1).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

// All but the unreserved characters (RFC 3986 2.3); blank is %20, as Cognito
// and RFC 6749 both accept.
std::string percent_encode(std::string_view bytes);
// The size of what percent_encode gives.
std::size_t encoded_size(std::string_view bytes) noexcept;
// Into room that is there, so that no copy is left behind.
void append_encoded(std::string& out, std::string_view bytes);
// Fails on % without two hex digits. `plus_is_space` for forms.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace base
