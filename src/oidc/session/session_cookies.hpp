// SPDX-License-Identifier: Apache-2.0
// The session cookies of a request: what they are bound to, and how they are
// written and removed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oidc/flow.hpp"

namespace oidc::session {

// So many cookies of the name are tried.
inline constexpr std::size_t kMaxSessionCookies = 128;

// The scope of a session: the origin, or the cookie_domain if one was given, by
// which the administrator names the hosts that share it. "" if the request does
// not say.
std::string session_binding(const Provider&, const RequestFacts&);

struct SessionCookies {
    std::string name;
    std::string binding;
    std::vector<std::string> cookies;  // whole ones, chunks joined
    bool damaged = false;              // parts that make no whole one
    bool is_doubled = false;           // several have one name

    base::Errc nothing_found() const noexcept;
};
SessionCookies read_session_cookies(const RequestContext&);

// Set-Cookie values that expire what the request carried of the session's
// cookies, from the given chunk on.
std::vector<std::string> expire_cookies(const RequestContext&,
                                        const SessionCookies&,
                                        std::size_t first_chunk);

}  // namespace oidc::session
