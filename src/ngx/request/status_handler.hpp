// SPDX-License-Identifier: Apache-2.0
// The content handler of auth_oidc_status.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// A content handler. JSON, or Prometheus text by `?format=prometheus` or by
// an Accept that names it.
ngx_int_t status_handler(ngx_http_request_t*);

}  // namespace ngx
