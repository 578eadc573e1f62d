// SPDX-License-Identifier: Apache-2.0
// The addresses of our own: the callback, the logouts and the back channel.
#pragma once

#include "ngx/request/request_ctx.hpp"

namespace ngx {

// Whether any of them has this path.
bool is_own_path(const SrvConf&, std::string_view path) noexcept;

// Notes in the request which of them it is for. Whether one is known
// afterwards.
// Whether the request is for an address of the module, wherever it will be
// answered.
bool is_own_request(ngx_http_request_t* r);
bool note_endpoint(ngx_http_request_t*);

// Answers the request for the noted address. NGX_DECLINED: the request
// continues to the content phase, for a user who has just logged in
// (auth_oidc_login_action upstream).
ngx_int_t answer_endpoint(ngx_http_request_t*, Request&);

}  // namespace ngx
