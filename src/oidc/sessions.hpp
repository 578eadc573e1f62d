// Knows how a session is found, made, and ended, in shared memory or in
// cookies.
#pragma once

#include <string>
#include <vector>

#include "oidc/flow.hpp"
#include "session/record.hpp"

namespace oidc {

struct LoadedSession {
    IdentityRef identity;
    std::vector<std::string> set_cookies;  // sliding idle limit, clean-up
};

// session_missing without a cookie; session_invalid, session_expired for one
// that is of no use (then `expire_session` cookies belong in the answer).
base::Result<LoadedSession> load_session(const Context&, base::Instant now);
// The whole record, tokens included (logout, refresh).
base::Result<session::Record> load_record(const Context&, base::Instant now);

// Always under a new id; what the browser had before is removed. Gives the
// Set-Cookie values.
base::Result<std::vector<std::string>> save_session(const Context&,
                                                    const session::Record&,
                                                    base::Instant now);

// Removes the record; gives the Set-Cookie values that expire every cookie
// of the session that the request carried.
std::vector<std::string> end_session(const Context&);

}  // namespace oidc
