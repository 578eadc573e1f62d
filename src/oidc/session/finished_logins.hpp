// SPDX-License-Identifier: Apache-2.0
// How many logins of a browser have succeeded in a row without their session
// having come back: what ends a login that succeeds and does not stay.
//
// The number is sealed in a cookie of its own, which goes where the session's
// cookie may be missing: to every path, and with navigations of other sites.
#pragma once

#include <optional>
#include <string>

#include "oidc/flow.hpp"

namespace oidc::session {

inline constexpr unsigned kMaxFinishedLogins = 3;

// 0 when the request does not say. Of several cookies the lowest number counts,
// so that the page of login_loop, which sets 0, leads to a login whatever
// another host of the domain has set. A number counts for login_timeout.
unsigned count_finished_logins(const RequestContext&, base::Instant now);

// The cookie that says so, as a Set-Cookie value.
base::Result<std::string> remember_finished_logins(const RequestContext&,
                                                   unsigned count,
                                                   base::Instant now);
// The Set-Cookie value that expires it; absent when the request has none.
std::optional<std::string> forget_finished_logins(const RequestContext&);

// login_loop, with the reason as far as the request shows it.
base::Error login_does_not_stay(const RequestContext&);

}  // namespace oidc::session
