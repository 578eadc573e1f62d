// SPDX-License-Identifier: Apache-2.0
// Sessions that the provider has ended: a stamp for each logout, which outlives
// all sessions from before it. There is no list of sessions, so a stamp holds
// on all workers and in both stores, for sessions that were evicted, copied or
// never seen here.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "oidc/flow.hpp"
#include "oidc/session/denials.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {

// Whom a logout names; one of the first two may be empty. With a sid it is that
// session of the provider's, else all of the user's (OIDC Back-Channel Logout
// 2.4).
struct LogoutSubject {
    std::string_view sid;
    std::string_view sub;
};

// Ends every session of this provider that began until now and is named. A
// full table ends more: whatever began before the oldest logout it forgets.
base::Status note_logout(const RequestContext&, const LogoutSubject&,
                         base::Instant now);

// Ends this one session, and what it is copied or sealed to.
base::Status note_end(const RequestContext&, const Record&, base::Instant now);

// Whether a logout that is not older than the session's login names it, or an
// administrator denies it; true also if that cannot be found out.
bool is_ended(const RequestContext&, const Record&, base::Instant now);

// What tells later whether a session has ended, without its record.
struct SessionStamps {
    std::vector<crypto::Digest256> logouts;
    std::vector<crypto::Digest256> own;
    std::vector<DenialStamps> denials;
    base::Instant login;
};
base::Result<SessionStamps> stamps_of(const RequestContext&, const Record&);
bool is_ended(SharedMarks&, const SessionStamps&, base::Instant now);

}  // namespace oidc::session
