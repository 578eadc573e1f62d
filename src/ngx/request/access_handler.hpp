// Knows where nginx's phases enter the module.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// Before a location's own rewrite rules: the addresses of our own, wherever
// they lie in the server.
ngx_int_t endpoints_handler(ngx_http_request_t*);
// The access phase: may this request pass?
ngx_int_t access_handler(ngx_http_request_t*);

}  // namespace ngx
