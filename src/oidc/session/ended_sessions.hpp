// SPDX-License-Identifier: Apache-2.0
// Knows which sessions the provider has ended: by stamps, one for each logout,
// that outlive every session from before it. There is no list of sessions to
// keep true, so a stamp holds on all workers and in both stores, for sessions
// that were evicted, copied or never seen here.
#pragma once

#include <string_view>

#include "oidc/flow.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {

// Whom a logout names; one of the two may be empty. With a sid it is that
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

// Whether a logout names the session that is not older than its login; true
// also when that cannot be told.
bool is_ended(const RequestContext&, const Record&, base::Instant now);

}  // namespace oidc::session
