// SPDX-License-Identifier: Apache-2.0
// The way of a request through nginx's phases, in their order.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// SERVER_REWRITE, for internal redirects; REWRITE, for named locations too.
ngx_int_t server_rewrite_handler(ngx_http_request_t*);
// After the rewrite rules of the server.
ngx_int_t rewritten_handler(ngx_http_request_t* r);
ngx_int_t rewrite_handler(ngx_http_request_t*);
// ACCESS: access_handler.hpp.
// PRECONTENT: the addresses of our own are answered, all other requests are
// cleaned. Before nginx's mirror and try_files, which make requests of it.
ngx_int_t precontent_handler(ngx_http_request_t*);

}  // namespace ngx
