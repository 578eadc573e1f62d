// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/respond.hpp"

#include "ngx/log.hpp"
#include "ngx/request/headers.hpp"
#include "oidc/web/pages.hpp"

namespace ngx {

namespace {

bool add_challenge(ngx_http_request_t* r, const oidc::Response& response) {
    return response.www_authenticate.empty() ||
           add_response_header(r, "WWW-Authenticate",
                               response.www_authenticate);
}

bool add_cookies(ngx_http_request_t* r, const oidc::Response& response) {
    if (response.set_cookies.empty()) {
        return true;
    }
    Request* request = Request::of(r);
    if (request != nullptr) {
        request->add_set_cookies(response.set_cookies);
    }
    return request != nullptr;
}

// The location is not nginx's to rewrite: a browser knows our origin better
// than a server behind a load balancer does.
bool add_headers(ngx_http_request_t* r, const oidc::Response& response) {
    bool ok = add_response_header(r, "Cache-Control", "no-store") &&
              add_challenge(r, response) && add_cookies(r, response);
    if (!response.location.empty()) {
        ok = ok && add_response_header(r, "Location", response.location) &&
             add_response_header(r, "Referrer-Policy", "no-referrer");
    }
    if (response.retry_after) {
        ok = ok &&
             add_response_header(r, "Retry-After",
                                 std::to_string(response.retry_after->count()));
    }
    if (response.status == NGX_HTTP_NOT_ALLOWED) {
        ok = ok && add_response_header(r, "Allow", response.allow);
    }
    return ok;
}

// The same decision as in ngx_http_special_response_handler.
bool has_error_page(ngx_http_request_t* r, ngx_int_t status) {
    auto* clcf = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    if (r->error_page || clcf->error_pages == nullptr || r->uri_changes == 0) {
        return false;
    }
    auto* pages = static_cast<ngx_http_err_page_t*>(clcf->error_pages->elts);
    for (ngx_uint_t i = 0; i < clcf->error_pages->nelts; ++i) {
        if (pages[i].status == status) {
            return true;
        }
    }
    return false;
}

bool satisfies_any(ngx_http_request_t* r) {
    auto* clcf = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    return clcf->satisfy == NGX_HTTP_SATISFY_ANY;
}

bool is_access_phase(ngx_http_request_t* r) {
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_get_module_main_conf(r, ngx_http_core_module));
    return core->phase_engine.handlers[r->phase_handler].checker ==
           ngx_http_core_access_phase;
}

bool is_denied(ngx_uint_t status) {
    return status == NGX_HTTP_UNAUTHORIZED || status == NGX_HTTP_FORBIDDEN;
}

// satisfy any: another access module may yet let the request in.
bool may_yet_pass(ngx_http_request_t* r, const oidc::Response& response) {
    return satisfies_any(r) && is_access_phase(r) &&
           (!response.location.empty() || is_denied(response.status));
}

// The address of a callback has the code, so pages send no referrer.
bool add_policies(ngx_http_request_t* r, const oidc::Response& response) {
    return add_response_header(
               r, "Content-Security-Policy",
               oidc::web::content_security_policy(response.frame_ancestors)) &&
           add_response_header(r, "Referrer-Policy", "no-referrer");
}

ngx_int_t write_body(ngx_http_request_t* r, const oidc::Response& response) {
    if (ngx_http_discard_request_body(r) != NGX_OK ||
        response.status == NGX_HTTP_BAD_REQUEST) {
        r->keepalive = 0;
    }
    ngx_str_t body = copy(r->pool, response.body);
    ngx_str_t type = copy(r->pool, response.content_type);
    auto* out = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
    if (!body.data || !type.data || !out ||
        !add_response_header(r, "X-Content-Type-Options", "nosniff") ||
        (response.content_type.starts_with("text/html") &&
         !add_policies(r, response))) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->headers_out.status = response.status;
    r->headers_out.content_type = type;
    r->headers_out.content_type_len = type.len;
    r->headers_out.content_type_lowcase = nullptr;
    r->headers_out.content_length_n = static_cast<off_t>(body.len);
    ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_OK && !r->header_only) {
        out->pos = body.data;
        out->last = body.data + body.len;
        out->memory = 1;
        out->last_buf = 1;
        out->last_in_chain = 1;
        ngx_chain_t chain{out, nullptr};
        rc = ngx_http_output_filter(r, &chain);
    }
    return rc;
}

// For phases in which the return value of a handler does not end the request.
ngx_int_t send_body(ngx_http_request_t* r, const oidc::Response& response) {
    ngx_http_finalize_request(r, write_body(r, response));
    return NGX_DONE;
}

}  // namespace

bool apply_deferred(ngx_http_request_t* r, const oidc::Response& response) {
    if (!is_denied(r->headers_out.status)) {
        return true;
    }
    if (!response.location.empty()) {
        each_header(r->headers_out.headers, [](ngx_table_elt_t& line) {
            if (has_key(line, "www-authenticate")) {
                line.hash = 0;
            }
        });
        r->headers_out.status = response.status;
        r->headers_out.status_line.len = 0;
    }
    return add_headers(r, response);
}

bool is_reading(ngx_http_request_t* r) noexcept {
    return (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) != 0;
}

ngx_int_t refuse_method(ngx_http_request_t* r) {
    return add_response_header(r, "Allow", "GET, HEAD")
               ? NGX_HTTP_NOT_ALLOWED
               : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t send_content(ngx_http_request_t* r, const oidc::Response& response) {
    return add_headers(r, response) ? write_body(r, response)
                                    : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t send_response(ngx_http_request_t* r, Request& request,
                        const ProviderConf& p, const oidc::Response& response) {
    request.set_reason(response.reason);
    worker_of(r)->tally(p).answered(response, request.saving());
    if (const auto& why = response.reason ? response.reason : response.cause) {
        // The query of a callback, wherever it has arrived.
        if (base::outcome(why->code) == base::Outcome::callback &&
            !hide_query(r)) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
        log_refusal(r, p.policy.name, *why);
    }
    if (may_yet_pass(r, response)) {
        request.defer(response);
        return response.location.empty()
                   ? static_cast<ngx_int_t>(response.status)
                   : NGX_HTTP_UNAUTHORIZED;
    }
    if (!add_headers(r, response)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    const auto status = static_cast<ngx_int_t>(response.status);
    return response.body.empty() || has_error_page(r, status)
               ? status
               : send_body(r, response);
}

}  // namespace ngx
