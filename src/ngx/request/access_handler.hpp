// SPDX-License-Identifier: Apache-2.0
// The access phase: a request is judged by what the client sent.
#pragma once

#include "ngx/request/request_ctx.hpp"

namespace ngx {

// Requests for own addresses are allowed here and answered before the content
// phase, unless another access module refuses them.
ngx_int_t access_handler(ngx_http_request_t*);

// Judges a request of a protected location, as the access phase does. NGX_OK:
// it is let in; NGX_AGAIN: it waits, and this is called again.
ngx_int_t judge(ngx_http_request_t*, Request&);

// Whether a location says who may use it, be it by nginx's access modules. Whom
// `auth_oidc` lets in counts if it is anybody with an account, or only if the
// location has rules beside.
enum class Users { all, by_rules };
bool is_restricted(ngx_http_request_t*, Users);

}  // namespace ngx
