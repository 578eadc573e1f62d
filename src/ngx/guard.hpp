// SPDX-License-Identifier: Apache-2.0
// Entry of nginx into C++: no exception passes into nginx's frames.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// Not with the request, whose line may be a callback's, code and all.
inline void log_out_of_memory() noexcept {
    ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0, "auth_oidc: out of memory");
}

// A handler whose result is 500 if anything goes wrong.
template <ngx_int_t (*Body)(ngx_http_request_t*)>
ngx_int_t guarded(ngx_http_request_t* r) noexcept {
    try {
        return Body(r);
    } catch (...) {
        log_out_of_memory();
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}

// For everything else that nginx or libcurl calls back.
template <class Body, class Result>
Result guarded_call(Result fallback, Body body) noexcept {
    try {
        return body();
    } catch (...) {
        return fallback;
    }
}

template <class Body>
void guarded_call(Body body) noexcept {
    try {
        body();
    } catch (...) {
        // A request that was in progress ends by its own deadline.
        log_out_of_memory();
    }
}

}  // namespace ngx
