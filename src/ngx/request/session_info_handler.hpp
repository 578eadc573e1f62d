// SPDX-License-Identifier: Apache-2.0
// The content handler of auth_oidc_session_info.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// Answers with the user that the access phase found, as JSON; 401 without a
// user. Tokens are never shown.
ngx_int_t session_info_handler(ngx_http_request_t*);

}  // namespace ngx
