// SPDX-License-Identifier: Apache-2.0
// Times in the life of a session: when it ends, when a cookie store seals it
// anew, when its tokens are refreshed.
#pragma once

#include "oidc/policy.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {

// The largest record in memory, so that the claims of one user do not fill the
// store.
inline constexpr std::size_t kMaxRecordBytes = 64 * 1024;

// The least time between two refreshes of a session, whatever expires_in says.
inline constexpr base::Seconds kMinRefreshInterval{10};

// When a session ends whatever happens: a limit that was shortened since
// counts for old sessions too.
base::Instant absolute_end(const Provider&, const Record&);
base::Instant idle_end(const Provider&, base::Instant last_used);
// When a cookie store's session is sealed anew.
base::Instant slide_due(const Provider&, base::Instant last_used);

// When the tokens of the session become due for a refresh: refresh_before their
// expiry, but not in the first half of their life. Instant::max(): never.
base::Instant refresh_from(const Provider&, const Record&);
// Until when what is known of the session's tokens now stays true.
base::Instant tokens_until(const Provider&, const Record&, base::Instant now);

}  // namespace oidc::session
