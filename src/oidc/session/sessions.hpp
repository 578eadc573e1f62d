// SPDX-License-Identifier: Apache-2.0
// Finds the session that a request carries, in shared memory or in cookies.
//
// In both, a session is bound to its provider and to the origin (or the
// cookie_domain) it began at, by what it is sealed with: elsewhere it is none.
// Of shared memory's, the cookie holds 32 random bytes, from which both the
// place of the record and the key that seals it are derived: who reads the
// memory, without the cookie, reads nothing.
#pragma once

#include "oidc/memory/accept_cache.hpp"
#include <string>
#include <vector>

#include "oidc/flow.hpp"
#include "oidc/session/record.hpp"
#include "oidc/memory/identity_table.hpp"

namespace oidc::session {

struct LoadedSession {
    IdentityRef identity;
    std::vector<std::string> set_cookies;  // sliding idle limit, clean-up
    bool refresh_due = false;              // see refresh.hpp
};

// A session as it is kept, and where.
struct FoundSession {
    Record record;
    base::Secret cookie;   // its value, chunks joined
    SessionHandle handle;  // in the memory store
};

// So many cookies of the name are tried.
inline constexpr std::size_t kMaxSessionCookies = 128;

// session_missing without a cookie; session_invalid, session_expired,
// session_ended for one that is of no use (then `end_session` cookies belong in
// the answer).
base::Result<LoadedSession> load_session(const RequestContext&,
                                         base::Instant now);
// The whole record, tokens included (logout).
base::Result<Record> load_record(const RequestContext&, base::Instant now);
// Like the function above, with what is needed to replace the record.
base::Result<FoundSession> find_session(const RequestContext&,
                                        base::Instant now);

// The identity of a record. A session outlives its access token, because the
// login is valid until its own limits; access_token is then empty, so that no
// expired token is sent to the upstream.
base::Result<IdentityRef> identity_of(const Provider&, const Record&,
                                      base::Instant now);

// Finds a session in the cache of this worker, and marks it as used; null: it
// has to be looked up. The rules of the location are not checked.
memory::IdentityTable::Entry* recall_session(Ports&, const Provider&,
                                             memory::Pieces credential,
                                             base::Instant now);

// Finds a session in the cache of this worker that met the rules of this
// location.
IdentityRef known_session(Ports&, const Provider&, const Location&,
                          memory::Pieces credential, base::Instant now);

}  // namespace oidc::session
