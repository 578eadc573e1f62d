// Knows the session cookies that a request presents, what they are bound to,
// and how they are written and taken back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oidc/flow.hpp"
#include "session/record.hpp"
#include "session/seal.hpp"

namespace oidc {

// Where a session belongs: the origin, or the cookie_domain if one was given,
// which is how the administrator names who shares it. "" when the request
// does not say.
std::string session_binding(const Provider&, const Facts&);

// All values the request has under a name, in order.
std::vector<std::string_view> cookie_values(const Facts&,
                                            std::string_view name);

struct Presented {
    std::string name;
    std::string binding;
    std::vector<std::string> cookies;  // whole ones, chunks joined
    bool damaged = false;              // there were others

    base::Errc nothing_found() const noexcept;
};
Presented presented_by(const Context&);

// What the cookie store seals for.
session::Context seal_context(const Context&, const Presented&);
// Set-Cookie values for a session of the cookie store; session_too_large.
base::Result<std::vector<std::string>> seal_into_cookies(
    const Context&, const Presented&, const session::Record&);

// Set-Cookie values that expire what the request carried of the session's
// cookies, from the given chunk on.
std::vector<std::string> expire_cookies(const Context&, const Presented&,
                                        std::size_t first_chunk);

}  // namespace oidc
