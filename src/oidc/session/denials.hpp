// SPDX-License-Identifier: Apache-2.0
// Whom an administrator denies: a stamp for each, until a time, which is asked
// for whenever a credential of any kind is judged.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "oidc/flow.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {

// What a denial names.
enum class DeniedBy { sub, client_id, sid, jti, origin_jti };
inline constexpr std::pair<std::string_view, DeniedBy> kDeniedBy[] = {
    {"sub", DeniedBy::sub},
    {"client_id", DeniedBy::client_id},
    {"sid", DeniedBy::sid},
    {"jti", DeniedBy::jti},
    {"origin_jti", DeniedBy::origin_jti}};

// store_failed if there is no room.
base::Status deny(const RequestContext&, DeniedBy, std::string_view value,
                  base::Instant now, base::Instant until);
base::Status undo_denial(const RequestContext&, DeniedBy,
                         std::string_view value, base::Instant now);

// Why whoever this is must not pass: denied if it is the user or the client,
// token_denied if it is the token or the login that it comes from. Absent:
// nothing is known against it.
std::optional<base::Errc> denial_of(const RequestContext&, const Identity&,
                                    base::Instant now);

// The stamps of one denial, under each key of names. The first one that is
// there counts: one under a key that other nginx do not have is not undone by
// them.
using DenialStamps = std::vector<crypto::Digest256>;
bool is_denied(SharedMarks&, const DenialStamps&, base::Instant now);

// Of the denials that end a session, but not its user or client.
base::Result<std::vector<DenialStamps>> denials_of(const RequestContext&,
                                                   const Record&,
                                                   const jose::Claims&);

}  // namespace oidc::session
