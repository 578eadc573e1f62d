// SPDX-License-Identifier: Apache-2.0
// auth_oidc_sessions: an administrator lists and ends sessions, and denies.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// The content handler, which marks the location.
ngx_int_t sessions_handler(ngx_http_request_t*);
bool is_sessions_location(ngx_http_request_t*) noexcept;
// Before the content phase, since a request can wait for a store there.
ngx_int_t administer_sessions(ngx_http_request_t*);

}  // namespace ngx
