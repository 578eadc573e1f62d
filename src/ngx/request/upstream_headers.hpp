// Knows what a request that may pass takes along to the upstream.
#pragma once

#include "ngx/request/request_ctx.hpp"

namespace ngx {

// Own cookies out, `Authorization` as auth_oidc_upstream_token says. False
// when there is no memory: the request must not pass.
bool prepare_upstream(ngx_http_request_t*, const oidc::Location&, Request&);

// On every path, protected or not: what a client sends under these names
// never arrives (AC-235).
bool set_identity_headers(ngx_http_request_t*, const LocConf&);
void clear_identity_headers(ngx_http_request_t*, const LocConf&);
bool hide_own_cookies(ngx_http_request_t*, const SrvConf&);
void hide_refresh_tokens(ngx_http_request_t*, const SrvConf&);

// What came behind the path's "?" is in no variable from here on.
void drop_query(ngx_http_request_t*) noexcept;

}  // namespace ngx
