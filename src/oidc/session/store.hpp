// SPDX-License-Identifier: Apache-2.0
// Makes a session, gives it new tokens, and ends it, in shared memory or in
// cookies.
#pragma once

#include <string>
#include <vector>

#include "oidc/session/sessions.hpp"

namespace oidc::session {

// Always under a new id; what the browser had before is removed. Gives the
// Set-Cookie values. A record without last_used was used when created.
// callback_malformed for a request without a host to bind it to;
// session_too_large, store_failed, random_failed.
base::Result<std::vector<std::string>> save_session(const RequestContext&,
                                                    const Record&,
                                                    base::Instant now);

// Replaces the record by one with new tokens: under the same cookie in the
// memory store, as new cookies in the other. session_expired if the session has
// ended meanwhile (a logout is not undone); store_failed if it was changed or
// does not fit; session_too_large.
base::Result<LoadedSession> renew_session(const RequestContext&,
                                          const FoundSession&,
                                          base::Instant now);

// Removes the record; gives the Set-Cookie values that expire every cookie
// of the session that the request carried. The cookie store has no record to
// remove: a copy of its cookie is good until its limits.
std::vector<std::string> end_session(const RequestContext&);
// Set-Cookie values that remove cookies which open no session. None if several
// have one name, since one of them may be of another host and hide ours.
std::vector<std::string> remove_useless_cookies(const RequestContext&);

}  // namespace oidc::session
