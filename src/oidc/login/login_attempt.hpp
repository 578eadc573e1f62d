// SPDX-License-Identifier: Apache-2.0
// A login attempt between the authorization request and the callback. It is
// sealed in a cookie of the browser that began it, so that no other browser can
// end it (RFC 9700 4.7, 4.4, 4.5).
#pragma once

#include <string>
#include <vector>

#include "base/cookie.hpp"
#include "base/same_origin_uri.hpp"
#include "oidc/flow.hpp"

namespace oidc::login {

// Random bytes behind `state` and `nonce`: 32 characters, of base64url alone,
// since Cognito decodes state once and federates it inside its own.
inline constexpr std::size_t kStateBytes = 24;
inline constexpr std::size_t kStateLength = 32;  // in base64url
inline constexpr std::size_t kMaxStateLength = 64;
// All login cookies of a browser, names and values.
inline constexpr std::size_t kMaxLoginCookieBytes = 5 * 1024;
// And with all its other cookies, a sealed session's and the applications':
// they share one header line. Where the buffers of the server are not known.
inline constexpr std::size_t kMaxCookieLineBytes = 7 * 1024 + 512;
// What is left of a buffer of the server for other parts of the line.
inline constexpr std::size_t kOtherHeaderBytes = 512;

struct LoginAttempt {
    std::string state;
    std::string nonce;
    base::Secret code_verifier;
    base::SameOriginUri target = base::SameOriginUri::root();
    std::string redirect_uri;  // as sent: the token request repeats it
    std::string issuer;        // of the provider that was asked
    base::Instant created;
    unsigned round = 0;
    unsigned finished = 0;  // logins before it, see finished_logins.hpp
};

// Unreserved characters only, within kMaxStateLength.
bool is_state(std::string_view text) noexcept;

base::Result<LoginAttempt> make_attempt(const RequestContext&,
                                        const base::SameOriginUri& target,
                                        unsigned round, base::Instant now);

// The login cookie as a Set-Cookie value, and the one that expires it.
base::Result<std::string> remember_attempt(const RequestContext&,
                                           const LoginAttempt&);
std::string forget_attempt(const RequestContext&, std::string_view state);

// The attempt that `state` belongs to, among the request's cookies;
// state_unknown for every way in which there is none.
base::Result<LoginAttempt> find_attempt(const RequestContext&,
                                        std::string_view state);
// Later than login_timeout, or from a future that no clock skew explains.
bool is_expired(const LoginAttempt&, const Provider&, base::Instant now);

// Set-Cookie values that expire what must go before one more attempt of
// `size` bytes: unreadable ones first, then the oldest.
std::vector<std::string> make_room(const RequestContext&, std::size_t size);

// Whether the request carries the login cookie that its state names: several
// providers may share one redirect_uri.
bool has_login_cookie(const Provider&, const RequestFacts&);
// Whether the state in the query has the form of ours.
bool has_own_state(const RequestFacts&);

}  // namespace oidc::login
