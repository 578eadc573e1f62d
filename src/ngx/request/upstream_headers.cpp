#include "ngx/request/upstream_headers.hpp"

#include <algorithm>

#include "base/cookie.hpp"
#include "base/http.hpp"
#include "ngx/request/headers.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/policy.hpp"

namespace ngx {

namespace {

std::string_view header_for(const oidc::Identity& who,
                            oidc::UpstreamToken wanted) {
    switch (wanted) {
        case oidc::UpstreamToken::access:
            return who.access_token.header();
        case oidc::UpstreamToken::id:
            return who.id_token.header();
        case oidc::UpstreamToken::off:
            break;
    }
    return {};
}

bool came_as_bearer(oidc::Method method) {
    return method == oidc::Method::bearer ||
           method == oidc::Method::introspection ||
           method == oidc::Method::userinfo;
}

bool is_own(const SrvConf& server, std::string_view name) {
    for (const ProviderConf* p : server.providers) {
        if (oidc::web::is_own_cookie(p->policy, name)) {
            return true;
        }
    }
    return false;
}

// Absent: nginx cannot say. It outlives the request: it lies in the identity,
// the request's pool, or the configuration.
std::optional<std::string_view> text_of(ngx_http_request_t* r,
                                        const SetHeader& header) {
    if (header.variable != NGX_ERROR) {
        const ngx_http_variable_value_t* v = ngx_http_get_flushed_variable(
            r, static_cast<ngx_uint_t>(header.variable));
        if (v == nullptr) {
            return std::nullopt;
        }
        return v->not_found ? std::string_view()
                            : view(ngx_str_t{v->len, v->data});
    }
    ngx_str_t value{0, nullptr};
    if (ngx_http_complex_value(
            r, const_cast<ngx_http_complex_value_t*>(&header.value), &value) !=
        NGX_OK) {
        return std::nullopt;
    }
    return base::is_header_safe(view(value)) ? view(value) : std::string_view();
}

}  // namespace

bool prepare_upstream(ngx_http_request_t* r, const oidc::Location& location,
                      Request& request) {
    const auto method = request.method();
    if (!method) {
        return set_request_header(r, kAuthorization, {});
    }
    // A bearer token is in its place already.
    if (came_as_bearer(*method) &&
        location.upstream_token != oidc::UpstreamToken::off) {
        return true;
    }
    const oidc::Identity* who = request.identity();
    // The identity outlives the request.
    return set_request_header(
        r, kAuthorization,
        who ? header_for(*who, location.upstream_token) : std::string_view());
}

bool set_identity_headers(ngx_http_request_t* r, const LocConf& conf) {
    for (const SetHeader& header : conf.set_headers) {
        const auto text = text_of(r, header);
        if (!text || !set_request_header(
                         r, {header.name, header.lower, header.hash}, *text)) {
            return false;
        }
    }
    return true;
}

void hide_refresh_tokens(ngx_http_request_t* r, const SrvConf& server) {
    for (const ProviderConf* p : server.providers) {
        const std::string& name = p->policy.refresh_token_header;
        if (!name.empty()) {
            remove_request_header(r, name);
        }
    }
}

void clear_identity_headers(ngx_http_request_t* r, const LocConf& conf) {
    for (const SetHeader& header : conf.set_headers) {
        remove_request_header(r, header.lower);
    }
}

bool hide_own_cookies(ngx_http_request_t* r, const SrvConf& server) {
    if (!has_cookies(r)) {
        return true;
    }
    bool ok = true;
    bool emptied = false;
    auto own = [&](std::string_view name) { return is_own(server, name); };
    each_header(r->headers_in.headers, [&](ngx_table_elt_t& line) {
        if (!ok || !is_named(line, "cookie")) {
            return;
        }
        if (const auto kept = base::strip_cookies(view(line.value), own)) {
            line.value = copy(r->pool, *kept);
            ok = line.value.data != nullptr;
            emptied = emptied || line.value.len == 0;
        }
    });
    if (emptied) {
        vacate_empty_cookies(r);
    }
    return ok;
}

void drop_query(ngx_http_request_t* r) noexcept {
    const std::string_view sent = view(r->unparsed_uri);
    r->unparsed_uri.len = std::min(sent.find('?'), sent.size());
    ngx_str_null(&r->args);
}

}  // namespace ngx
