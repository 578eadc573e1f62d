// SPDX-License-Identifier: Apache-2.0
// Records of sessions as a server stores them.
#pragma once

#include <string>
#include <string_view>

#include "oidc/session/record.hpp"
#include "oidc/session/session_id.hpp"

namespace oidc::session {

// session_too_large beyond kMaxRecordBytes.
base::Result<std::string> seal_record(const SessionId&, const Record&,
                                      std::uint64_t generation = 0);

// A digest of the owner of the session; it shows neither the user nor the place
// of the record. `key`: 32 bytes.
base::Result<crypto::Digest256> owner_of(std::string_view key, const Provider&,
                                         const Record&);
base::Result<crypto::Digest256> owner_of(std::string_view key, const Provider&,
                                         std::string_view issuer,
                                         std::string_view sub);

}  // namespace oidc::session
