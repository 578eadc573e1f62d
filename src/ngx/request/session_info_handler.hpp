// SPDX-License-Identifier: Apache-2.0
// Knows what auth_oidc_session_info answers.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// A content handler: who the access phase found to be logged in, as JSON;
// 401 when that is nobody. No token is ever told.
ngx_int_t session_info_handler(ngx_http_request_t*);

}  // namespace ngx
