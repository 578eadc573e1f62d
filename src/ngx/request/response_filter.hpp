// SPDX-License-Identifier: Apache-2.0
// The header filter: keeps responses about a user out of shared caches, and the
// module's cookies out of the application's hands.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// Adds the module's cookies, makes such a response private, and removes cookies
// under their names that the application sets. False: out of memory.
bool filter_response_headers(ngx_http_request_t*);

}  // namespace ngx
