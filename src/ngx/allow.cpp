#include "ngx/allow.hpp"

#include <algorithm>

#include "base/cookie.hpp"
#include "base/http.hpp"
#include "ngx/headers.hpp"
#include "oidc/cookies.hpp"

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
        if (oidc::is_own_cookie(p->policy, name)) {
            return true;
        }
    }
    return false;
}

bool is_empty_cookie(const ngx_table_elt_t& line, const void*) {
    return is_named(line, "cookie") && line.value.len == 0;
}

}  // namespace

bool prepare_upstream(ngx_http_request_t* r, const oidc::Location& location,
                      Request& request) {
    const auto method = request.method();
    if (!method) {
        return set_request_header(r, "Authorization", {});
    }
    // A bearer token is in its place already.
    if (came_as_bearer(*method) &&
        location.upstream_token != oidc::UpstreamToken::off) {
        return true;
    }
    const oidc::Identity* who = request.identity();
    // The identity outlives the request.
    return set_request_header(
        r, "Authorization",
        who ? header_for(*who, location.upstream_token) : std::string_view());
}

bool set_identity_headers(ngx_http_request_t* r, const LocConf& conf) {
    for (const SetHeader& header : conf.set_headers) {
        ngx_str_t value{0, nullptr};
        if (ngx_http_complex_value(
                r, const_cast<ngx_http_complex_value_t*>(&header.value),
                &value) != NGX_OK) {
            return false;
        }
        // Evaluated into the request's pool, or of the configuration.
        std::string_view text = view(value);
        if (!base::is_header_safe(text)) {
            text = {};
        }
        if (!set_request_header(r, header.name, text)) {
            return false;
        }
    }
    return true;
}

bool hide_refresh_tokens(ngx_http_request_t* r, const SrvConf& server) {
    for (const ProviderConf* p : server.providers) {
        const std::string& name = p->policy.refresh_token_header;
        if (!name.empty() && !set_request_header(r, name, {})) {
            return false;
        }
    }
    return true;
}

bool clear_identity_headers(ngx_http_request_t* r, const LocConf& conf) {
    for (const SetHeader& header : conf.set_headers) {
        if (!set_request_header(r, header.name, {})) {
            return false;
        }
    }
    return true;
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
        remove_headers(r, is_empty_cookie, nullptr);
    }
    return ok;
}

void drop_query(ngx_http_request_t* r) noexcept {
    const std::string_view sent = view(r->unparsed_uri);
    r->unparsed_uri.len = std::min(sent.find('?'), sent.size());
    ngx_str_null(&r->args);
}

}  // namespace ngx
