// SPDX-License-Identifier: Apache-2.0
// nginx keeps the values of most variables for the whole request. Those that
// were read before the access phase, or before the header lines were cleaned,
// are wrong afterwards: they are forgotten, and computed again when they are
// read the next time.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// Before the identity changes: $oidc_… and what map, geo, split_clients and
// their like have made of them.
void forget_identity_variables(ngx_http_request_t*);

// Before the request's header lines change: $http_…, $cookie_…, $remote_user,
// $request_uri and what was made of them. A value that `set` has copied stays.
void forget_header_variables(ngx_http_request_t*);

}  // namespace ngx
