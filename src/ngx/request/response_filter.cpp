// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/response_filter.hpp"

#include "base/ascii.hpp"
#include "ngx/request/headers.hpp"
#include "ngx/request/request_ctx.hpp"
#include "ngx/request/respond.hpp"
#include "oidc/web/shared_cache.hpp"

namespace ngx {

namespace {

template <class Doomed>
void drop_lines(ngx_http_request_t* r, Doomed doomed) {
    each_header(r->headers_out.headers, [&](ngx_table_elt_t& line) {
        if (line.hash != 0 && doomed(line)) {
            line.hash = 0;
        }
    });
}

// An application could plant a session otherwise.
void drop_own_cookies_of_application(ngx_http_request_t* r,
                                     const SrvConf& server) {
    drop_lines(r, [&](const ngx_table_elt_t& line) {
        if (!has_key(line, "set-cookie")) {
            return false;
        }
        const std::string_view cookie = view(line.value);
        return server.own_cookies.has(
            base::trim(cookie.substr(0, cookie.find('='))));
    });
}

bool is_for_shared_caches(const ngx_table_elt_t& line) {
    std::string name(view(line.key));
    std::transform(name.begin(), name.end(), name.begin(), base::lower);
    return oidc::web::is_for_shared_caches(name);
}

// After nginx's own filter of `expires` and `add_header`.
bool make_private(ngx_http_request_t* r) {
    std::string sent;
    drop_lines(r, is_for_shared_caches);
    r->headers_out.expires = nullptr;
    each_header(r->headers_out.headers, [&](const ngx_table_elt_t& line) {
        if (line.hash != 0 && has_key(line, "cache-control")) {
            sent.append(sent.empty() ? "" : ", ").append(view(line.value));
        }
    });
    const std::string value = oidc::web::private_cache_control(sent);
    if (value == sent) {
        return true;
    }
    drop_lines(r, [](const ngx_table_elt_t& line) {
        return has_key(line, "cache-control");
    });
    return add_response_header(r, "Cache-Control", value);
}

bool add_set_cookies(ngx_http_request_t* r, const Request& request) {
    for (const std::string& cookie : request.set_cookies()) {
        if (!add_response_header(r, "Set-Cookie", cookie)) {
            return false;
        }
    }
    return request.set_cookies().empty() || make_private(r);
}

bool satisfies_any(ngx_http_request_t* r) {
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    return core->satisfy == NGX_HTTP_SATISFY_ANY;
}

bool is_successful(ngx_uint_t status) {
    return status >= 200 && status < 300;
}

// Warns once per worker and location. With satisfy any, another access module
// may have allowed the request before this one was asked.
void warn_of_missing_access(ngx_http_request_t* r, const Request* request) {
    const LocConf& conf = loc_conf(r);
    if (!conf.is_protected() || conf.has_warned ||
        !is_successful(r->headers_out.status) ||
        (request && request->asked_at() == &conf) || satisfies_any(r)) {
        return;
    }
    conf.has_warned = true;
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "auth_oidc: location \"%V\" is protected, but answered "
                  "without authentication: directives such as \"return\" act "
                  "before the access phase",
                  &core->name);
}

}  // namespace

bool filter_response_headers(ngx_http_request_t* r) {
    const SrvConf& server = srv_conf(r);
    if (r != r->main || server.providers.empty()) {
        return true;
    }
    Request* request = Request::find(r);
    warn_of_missing_access(r, request);
    drop_own_cookies_of_application(r, server);
    if (request == nullptr) {
        return true;
    }
    request->drop_outdated_cookies();
    const bool ok = request->deferred() == nullptr ||
                    apply_deferred(r, *request->deferred());
    return ok && add_set_cookies(r, *request);
}

}  // namespace ngx
