// Knows how a session is found, made, and ended, in shared memory or in
// cookies.
//
// In both, a session is bound to its provider and to the origin (or the
// cookie_domain) it began at, by what it is sealed with: elsewhere it is none.
// Of shared memory's, the cookie holds 32 random bytes, from which both the
// place of the record and the key that seals it are derived: who reads the
// memory, without the cookie, reads nothing (AC-200).
#pragma once

#include <string>
#include <vector>

#include "oidc/flow.hpp"
#include "session/record.hpp"

namespace oidc {

struct LoadedSession {
    IdentityRef identity;
    std::vector<std::string> set_cookies;  // sliding idle limit, clean-up
    bool refresh_due = false;              // see refresh.hpp
};

// A session as it is kept, and where.
struct FoundSession {
    session::Record record;
    base::Secret cookie;   // its value, chunks joined
    SessionHandle handle;  // in the memory store
};

// Of several cookies of the name (AC-182) so many are tried.
inline constexpr std::size_t kMaxSessionCookies = 3;

// session_missing without a cookie; session_invalid, session_expired,
// session_ended for one that is of no use (then `end_session` cookies belong in
// the answer).
base::Result<LoadedSession> load_session(const Context&, base::Instant now);
// The whole record, tokens included (logout).
base::Result<session::Record> load_record(const Context&, base::Instant now);
// The same, with what is needed to put another record in its place.
base::Result<FoundSession> find_session(const Context&, base::Instant now);

// The record's identity. A session outlives its access token: the login
// stands until its own limits. But no expired access token goes upstream, so
// that access_token is then empty.
base::Result<IdentityRef> identity_of(const Provider&, const session::Record&,
                                      base::Instant now);

// Always under a new id; what the browser had before is removed. Gives the
// Set-Cookie values. A record without last_used was used when created.
// callback_malformed for a request without a host to bind it to;
// session_too_large, store_failed, random_failed.
base::Result<std::vector<std::string>> save_session(const Context&,
                                                    const session::Record&,
                                                    base::Instant now);

// Puts the record, with new tokens, where the session was found: under the
// same cookie in the memory store, as new cookies in the other. Fails with
// session_expired when the session has gone meanwhile (a logout is not
// undone), store_failed when it was changed or does not fit, or
// session_too_large.
base::Result<LoadedSession> renew_session(const Context&, const FoundSession&,
                                          base::Instant now);

// Removes the record; gives the Set-Cookie values that expire every cookie
// of the session that the request carried. The cookie store has no record to
// remove: a copy of its cookie is good until its limits.
std::vector<std::string> end_session(const Context&);

}  // namespace oidc
