// SPDX-License-Identifier: Apache-2.0
// Responses with a cookie of the module are for one user: shared caches must
// not store them (RFC 9111 7.3: Set-Cookie alone does not prevent that).
#pragma once

#include <string>
#include <string_view>

namespace oidc::web {

// The Cache-Control value (RFC 9111 5.2.2) of a response that becomes private:
// directives that limit caching are kept, those that allow shared caches are
// removed. `sent` has all values of the response, separated by commas; "" is
// none. It is returned unchanged if the response cannot be stored at all.
std::string private_cache_control(std::string_view sent);

// Whether a response header speaks to shared caches alone, such as
// Surrogate-Control, CDN-Cache-Control (RFC 9213) or X-Accel-Expires; Expires
// counts as one, as old caches know nothing else. `name` in lower case.
bool is_for_shared_caches(std::string_view name) noexcept;

}  // namespace oidc::web
