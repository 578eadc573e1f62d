// SPDX-License-Identifier: Apache-2.0
// What the upstream of a request gets to see of the client's header lines.
#pragma once

#include "ngx/conf/conf.hpp"

namespace ngx {

// On the way to every content handler, whoever let the request in, and for
// subrequests: cookies of ours, refresh tokens, Authorization of protected
// locations and whatever has a name of auth_oidc_set_header go, and what was
// verified takes their place. Throws bad_alloc.
void clean_request_headers(ngx_http_request_t*);

// What came behind the path's "?" is in no variable from here on.
void drop_query(ngx_http_request_t*);

}  // namespace ngx
