// SPDX-License-Identifier: Apache-2.0
// What the upstream of a request gets to see of the client's header lines.
#pragma once

#include "ngx/conf/conf.hpp"

namespace ngx {

// Called before every content handler, whichever module let the request in, and
// for subrequests. Removes the module's cookies, refresh tokens, Authorization
// in protected locations and all names of auth_oidc_set_header, and adds what
// was verified. Throws bad_alloc.
void clean_request_headers(ngx_http_request_t*);

// Removes the query of the request from all variables.
void drop_query(ngx_http_request_t*);

}  // namespace ngx
