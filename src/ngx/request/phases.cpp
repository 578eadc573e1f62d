// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/phases.hpp"

#include "base/bad_alloc.hpp"
#include "ngx/request/access_handler.hpp"
#include "ngx/request/endpoint_handler.hpp"
#include "ngx/request/sessions_handler.hpp"
#include "ngx/request/upstream_headers.hpp"

namespace ngx {

namespace {

using oidc::web::OwnEndpoint;

// After an internal redirect, the client's lines are restored.
void begin_phases(ngx_http_request_t* r) {
    if (r != r->main || !r->internal) {
        return;
    }
    if (Request* request = Request::find(r)) {
        request->begin_phases();
    }
}

// A `return` or `rewrite` of the location does not take our addresses away.
void skip_rewrite_rules(ngx_http_request_t* r) {
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_get_module_main_conf(r, ngx_http_core_module));
    // nginx goes on with the next one.
    r->phase_handler = static_cast<ngx_int_t>(
        core->phase_engine.handlers[r->phase_handler].next - 1);
}

// NGX_DECLINED: the request goes on.
ngx_int_t answer_own(ngx_http_request_t* r, Request& request) {
    if (request.endpoint() != OwnEndpoint::none) {
        const ngx_int_t rc = answer_endpoint(r, request);
        if (rc != NGX_DECLINED) {
            return rc;
        }
    }
    if (!request.has_entered() || !loc_conf(r).is_protected()) {
        return NGX_DECLINED;
    }
    const ngx_int_t rc = judge(r, request);
    return rc == NGX_OK ? NGX_DECLINED : rc;
}

}  // namespace

ngx_int_t server_rewrite_handler(ngx_http_request_t* r) {
    begin_phases(r);
    if (r == r->main && !r->internal && is_own_request(r)) {
        Request* request = Request::of(r);
        if (request == nullptr) {
            base::out_of_memory();
        }
        request->keep_uri();
    }
    return NGX_DECLINED;
}

// A rule such as `rewrite ^ /index.php last` does not take them away, either.
ngx_int_t rewritten_handler(ngx_http_request_t* r) {
    void* known = ngx_http_get_module_ctx(r, ngx_http_auth_oidc_module);
    if (r == r->main && known) {
        static_cast<Request*>(known)->restore_uri();
    }
    return NGX_DECLINED;
}

ngx_int_t rewrite_handler(ngx_http_request_t* r) {
    begin_phases(r);
    if (r == r->main && note_endpoint(r)) {
        skip_rewrite_rules(r);
    }
    return NGX_DECLINED;
}

ngx_int_t precontent_handler(ngx_http_request_t* r) {
    if (Request* request = r == r->main ? Request::find(r) : nullptr) {
        request->forget_deferred();
        if (ngx_int_t rc = answer_own(r, *request); rc != NGX_DECLINED) {
            return rc;
        }
    }
    if (is_sessions_location(r) && r == r->main) {
        return administer_sessions(r);
    }
    clean_request_headers(r);
    return NGX_DECLINED;
}

}  // namespace ngx
