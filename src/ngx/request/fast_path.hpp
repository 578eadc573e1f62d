// SPDX-License-Identifier: Apache-2.0
// Makes the core's view of the credentials that a request shows, without an
// allocation or a copy.
#pragma once

#include "ngx/conf/conf.hpp"
#include "oidc/access/accept_cache.hpp"

namespace ngx {

// Only for a request that nothing was done for yet.
oidc::access::Shown shown_by(ngx_http_request_t*, const ProviderConf&);

}  // namespace ngx
