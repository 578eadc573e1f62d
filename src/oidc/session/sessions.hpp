// SPDX-License-Identifier: Apache-2.0
// Finds the session that a request carries, makes one, gives it new tokens, and
// ends it, in whichever store (store.hpp).
#pragma once

#include <optional>
#include <string>

#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/refresh_outcome.hpp"
#include "oidc/session/store.hpp"

namespace oidc::session {

// What tells later whether a sealed session is still the newest of its browser.
struct Sealed {
    SessionStamps stamps;
    std::optional<RefreshOutcome> refresh;  // of the token in it
    RefreshOutcome::Version version;
};
// For a response that was under way: whether the session has ended since, or
// was renewed by another request.
bool is_outdated(SharedMarks&, const Sealed&, base::Instant now);

struct FoundSession : StoredRecord {
    base::Secret cookie;  // its value, chunks joined
};

struct LoadedSession {
    IdentityRef identity;
    SetCookies set_cookies;  // sliding idle limit, clean-up
    // Of a session that was sealed anew.
    std::optional<Sealed> sealed = std::nullopt;
    // If its tokens are due for a refresh (refresh.hpp).
    std::optional<FoundSession> due = std::nullopt;
};

// session_missing without a cookie; session_invalid, session_expired,
// session_ended for one that is of no use (then `end_session` cookies belong in
// the answer).
Progress<LoadedSession> load_session(const RequestContext&, base::Instant now);
// The whole record, tokens included, and what is needed to replace it.
Progress<FoundSession> find_session(const RequestContext&, base::Instant now);

// Always under a new id; what the browser had before is removed. Gives the
// Set-Cookie values. A record without last_used was used when created.
// callback_malformed for a request without a host to bind it to;
// session_too_large, store_failed, random_failed.
Progress<SetCookies> save_session(const RequestContext&, const Record&,
                                  base::Instant now);

// Replaces the record by one with new tokens. session_expired if the session
// has ended meanwhile (a logout is not undone); store_failed if it was changed
// or does not fit; session_changed if another nginx did; session_too_large.
Progress<LoadedSession> renew_session(const RequestContext&, FoundSession&,
                                      base::Instant now);

// Removes the record; gives the Set-Cookie values that expire every cookie of
// the session that the request carried.
Progress<SetCookies> end_session(const RequestContext&, base::Instant now);
// Set-Cookie values that remove cookies which open no session. None if several
// have one name, since one of them may be of another host and hide ours.
SetCookies remove_useless_cookies(const RequestContext&, base::Instant now);

// The identity of a record. A session outlives its access token, because the
// login is valid until its own limits; access_token is then empty, so that no
// expired token is sent to the upstream.
base::Result<IdentityRef> identity_of(const Provider&, const Record&,
                                      base::Instant now);

// What a session that is remembered depends on.
struct SessionMemory {
    memory::IdentityTable& identities;
    SessionRecords& sessions;
    SharedMarks& marks;
};
// Finds a session in the memory of this worker that met the rules of this
// location, and marks it as used.
IdentityRef known_session(const SessionMemory&, const Provider&,
                          const Location&, memory::Pieces credential,
                          base::Instant now);

}  // namespace oidc::session
