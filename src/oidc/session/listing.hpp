// SPDX-License-Identifier: Apache-2.0
// The sessions of a subject, in stores whose sessions have a SessionKey.
#pragma once

#include "oidc/session/store.hpp"

namespace oidc::session {

using Listing = std::optional<std::vector<ListedSession>>;

std::optional<SessionKey> read_listed_id(std::string_view id);
// Absent: it has ended.
std::optional<ListedSession> as_listed(const Provider&, const OwnedSession&,
                                       base::Instant now);
// The digests of a subject as an owner of sessions, under each key and issuer.
base::Result<std::vector<crypto::Digest256>> owners_of(
    std::span<const std::string_view> names_keys, const Provider&,
    std::string_view sub);

// When a store that keeps sessions until their idle limit was told of the last
// use: that it `remains` says so.
base::Instant used_last(const Provider&, base::Seconds remains,
                        base::Instant now);

// Of RemoteSessions; see Store.
Progress<Listing> list_remote(const RequestContext&, std::string_view sub,
                              base::Instant now);
Progress<bool> end_remote(const RequestContext&, const std::string& id);

}  // namespace oidc::session
