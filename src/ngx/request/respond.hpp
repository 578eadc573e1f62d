// SPDX-License-Identifier: Apache-2.0
// A Response of the core becomes nginx's.
#pragma once

#include "ngx/request/request_ctx.hpp"

namespace ngx {

// Counts, logs and sends a response of the core. The result is what a phase
// handler returns: a status, where error_page or `satisfy any` has its say, or
// NGX_DONE after the body was sent.
ngx_int_t send_response(ngx_http_request_t*, Request&, const ProviderConf&,
                        const oidc::Response&);

// For content handlers, which answer GET and HEAD alone.
bool is_reading(ngx_http_request_t*) noexcept;
ngx_int_t refuse_method(ngx_http_request_t*);
// Headers and body; the result is what a content handler returns.
ngx_int_t send_content(ngx_http_request_t*, const oidc::Response&);

// Called in the header filter if no other access module has let the request in:
// the deferred response replaces that of nginx.
bool apply_deferred(ngx_http_request_t*, const oidc::Response&);

}  // namespace ngx
