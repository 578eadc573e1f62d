// Knows how an Answer of the core becomes nginx's response.
#pragma once

#include "ngx/request/request_ctx.hpp"

namespace ngx {

// Adds the answer's headers and either returns the status, where error_page
// or `satisfy any` has its say, or sends the body itself and returns
// NGX_DONE. The result is what a phase handler returns.
ngx_int_t send_answer(ngx_http_request_t*, Request&, const oidc::Response&,
                      bool in_access_phase);

// For content handlers, which answer GET and HEAD alone.
bool is_reading(ngx_http_request_t*) noexcept;
ngx_int_t refuse_method(ngx_http_request_t*);
// Headers and body; the result is what a content handler returns.
ngx_int_t send_content(ngx_http_request_t*, const oidc::Response&);

// A header filter of nginx's: where nobody let the request pass, a deferred
// answer takes the place of the 401. The next filter goes on with it.
bool apply_deferred(ngx_http_request_t*);

bool add_set_cookies(ngx_http_request_t*, const std::vector<std::string>&);

}  // namespace ngx
