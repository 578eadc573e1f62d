// SPDX-License-Identifier: Apache-2.0
// Responses with a cookie of the module are for one user: shared caches must
// not store them (RFC 9111 7.3: Set-Cookie alone does not prevent that).
#pragma once

#include <string>
#include <string_view>

namespace oidc::web {

// The Cache-Control value (RFC 9111 5.2.2) of an answer that becomes private:
// what limits caching stays, what allows shared caches goes. `sent` has all of
// the answer's values, separated by commas; "" is none. It is returned as it is
// when nothing may keep the answer.
std::string private_cache_control(std::string_view sent);

// Whether a response header speaks to shared caches alone, such as
// Surrogate-Control, CDN-Cache-Control (RFC 9213) or X-Accel-Expires; Expires
// counts as one, as old caches know nothing else. `name` in lower case.
bool is_for_shared_caches(std::string_view name) noexcept;

}  // namespace oidc::web
