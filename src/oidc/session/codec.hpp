// SPDX-License-Identifier: Apache-2.0
// Encodes and decodes the record of a session.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {

// A version byte, then length-prefixed fields.
std::string encode(const Record&);
// session_invalid for another version, cut or trailing bytes.
base::Result<Record> decode(std::string_view bytes);

}  // namespace oidc::session
