// SPDX-License-Identifier: Apache-2.0
// The names and attributes of the module's own cookies.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "base/cookie.hpp"
#include "oidc/policy.hpp"
#include "oidc/request_facts.hpp"

namespace oidc::web {

inline constexpr std::string_view kHostPrefix = "__Host-";

// Whether the names of our cookies begin with kHostPrefix (RFC 6265bis
// 4.1.3.2).
bool is_host_bound(const Provider&, std::string_view scheme) noexcept;

// Whether our cookies carry Secure: by cookie_secure, else by is_https.
bool is_secure(const Provider&, std::string_view scheme) noexcept;
base::CookieAttributes cookie_attributes(const Provider&, const RequestFacts&);

// The cookie's name with "__Host-" in front if the cookie is secure, its path
// is "/", and it has no domain; cookie_name may say "-bare".
std::string session_cookie_name(const Provider&, const RequestFacts&);
// session_cookie_name + "_login_" + the first 8 characters of the state.
std::string login_cookie_name(const Provider&, const RequestFacts&,
                              std::string_view state);
inline constexpr std::size_t kMaxLoginCookies = 7;
// Of the cookie that counts logins: cookie_name + "_logins". Its path is "/",
// so that its prefix does not depend on cookie_path.
std::string logins_cookie_name(const Provider&, const RequestFacts&);

// The cookies of all providers of a server: sessions, their chunks, login
// attempts and counts of logins, with and without the prefix. They are not sent
// to upstreams, and upstreams cannot set them. The time of a look-up does not
// depend on the number of providers.
class OwnCookieNames {
public:
    void add(const Provider&);
    bool has(std::string_view cookie) const noexcept;

private:
    bool is_ours(std::string_view name) const noexcept;
    bool is_base(std::string_view name) const noexcept;

    std::vector<std::string> bases_;  // cookie_name, sorted
    std::bitset<256> first_;          // their first characters
};

// All values the request has under a name, in order.
std::vector<std::string_view> cookie_values(const RequestFacts&,
                                            std::string_view name);

}  // namespace oidc::web
