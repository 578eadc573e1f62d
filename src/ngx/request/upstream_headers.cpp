// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/upstream_headers.hpp"

#include <algorithm>

#include "base/bad_alloc.hpp"
#include "base/cookie.hpp"
#include "base/http.hpp"
#include "ngx/request/cached_variables.hpp"
#include "ngx/request/client_headers.hpp"
#include "ngx/request/headers.hpp"
#include "ngx/request/request_ctx.hpp"
#include "oidc/policy.hpp"
#include "oidc/web/own_cookies.hpp"

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

// Changes the lines of the request. The first change saves the client's lines,
// and separates those of a subrequest from its parent's.
class Edit {
public:
    // `known`: what is remembered of the request, if anything is.
    Edit(ngx_http_request_t* r, Request* known) : r_(r), known_(known) {}

    ngx_http_request_t* request() const { return r_; }

    void begin() {
        if (has_begun_) {
            return;
        }
        forget_header_variables(r_);
        if (!(r_ == r_->main ? keep_client_headers()
                             : copy_request_headers(r_))) {
            base::out_of_memory();
        }
        forget_user(r_->headers_in);
        has_begun_ = true;
    }

    void remove(std::string_view lower_name) {
        if (has_like(lower_name)) {
            begin();
            remove_request_header(r_, lower_name);
        }
    }

    // The value outlives the request.
    void set(const HeaderName& name, std::string_view value) {
        if (value.empty()) {
            remove(name.lower);
            return;
        }
        begin();
        if (!set_request_header(r_, name, value)) {
            base::out_of_memory();
        }
    }

    void end() {
        if (has_begun_) {
            drop_vacant(r_);
        }
    }

private:
    bool keep_client_headers() {
        known_ = known_ ? known_ : Request::of(r_);
        return known_ && known_->keep_client_headers();
    }

    bool has_like(std::string_view lower_name) const {
        bool found = false;
        each_header(r_->headers_in.headers, [&](const ngx_table_elt_t& line) {
            found = found || is_like(line, lower_name);
        });
        return found;
    }

    ngx_http_request_t* r_;
    Request* known_;
    bool has_begun_ = false;
};

// A Cookie line without the module's cookies; absent: it has none.
std::optional<std::string> without_own_cookies(const ngx_table_elt_t& line,
                                               const SrvConf& server) {
    if (!is_named(line, "cookie")) {
        return std::nullopt;
    }
    return base::strip_cookies(view(line.value), [&](std::string_view name) {
        return server.own_cookies.has(name);
    });
}

void hide_own_cookies(Edit& edit, const SrvConf& server) {
    ngx_http_request_t* r = edit.request();
    if (!has_cookies(r)) {
        return;
    }
    if (r != r->main) {
        edit.begin();  // gives it other lines
    }
    bool is_any_empty = false;
    each_header(r->headers_in.headers, [&](ngx_table_elt_t& line) {
        if (const auto left = without_own_cookies(line, server)) {
            edit.begin();
            line.value = copy(r->pool, *left);
            if (line.value.data == nullptr) {
                base::out_of_memory();
            }
            is_any_empty = is_any_empty || line.value.len == 0;
        }
    });
    if (is_any_empty) {
        vacate_empty_cookies(r);
    }
}

// The location whose rules set Authorization; nullptr: the module leaves it
// alone. After an internal redirect from a protected location, it is still the
// location that judged the request.
const LocConf* authorization_rules(ngx_http_request_t* r, const LocConf& here,
                                   const Request* request) {
    if (here.is_protected()) {
        return &here;
    }
    // An authorization server that auth_request asks needs what was sent.
    const bool is_judged = request && (r == r->main || request->is_admitted());
    return is_judged ? request->asked_at() : nullptr;
}

// A request may be let in at one location and not at another. Subrequests are
// the main request's.
bool is_admitted(ngx_http_request_t* r, const Request* request,
                 const LocConf* rules) {
    return request && request->is_admitted() &&
           (r != r->main || request->asked_at() == rules);
}

void set_authorization(Edit& edit, Request* request, const LocConf* rules,
                       bool admitted) {
    if (rules == nullptr || rules->policy.passes_authorization) {
        return;
    }
    const auto method = admitted ? request->method() : std::nullopt;
    const oidc::UpstreamToken token = rules->policy.upstream_token;
    if (!method) {
        edit.set(kAuthorization, {});
        return;
    }
    // The client's own line is what was verified.
    const bool is_main = edit.request() == edit.request()->main;
    if (is_main && oidc::comes_as(*method) == oidc::ComesAs::bearer &&
        token != oidc::UpstreamToken::off) {
        return;
    }
    // The identity outlives the request.
    const oidc::Identity* who = request->identity();
    edit.set(kAuthorization,
             who ? header_for(*who, token) : std::string_view());
}

void set_identity_headers(Edit& edit, const LocConf& conf) {
    for (const SetHeader& header : conf.set_headers) {
        const auto text = text_of(edit.request(), header);
        if (!text) {
            base::out_of_memory();
        }
        edit.set({header.name, header.lower, header.hash}, *text);
    }
}

void clear_identity_headers(Edit& edit, const LocConf& conf) {
    for (const SetHeader& header : conf.set_headers) {
        edit.remove(header.lower);
    }
}

// A preflight must not become a request of another method behind us.
void hide_method_override(Edit& edit) {
    for (std::string_view name :
         {"x-http-method-override", "x-http-method", "x-method-override"}) {
        edit.remove(name);
    }
}

}  // namespace

void clean_request_headers(ngx_http_request_t* r) {
    const SrvConf& server = srv_conf(r);
    const LocConf& conf = loc_conf(r);
    Request* request = Request::find(r);
    Edit edit(r, request);
    for (const std::string& name : server.refresh_token_headers) {
        edit.remove(name);
    }
    hide_own_cookies(edit, server);
    const LocConf* rules = authorization_rules(r, conf, request);
    const bool admitted = is_admitted(r, request, rules);
    set_authorization(edit, request, rules, admitted);
    if (conf.is_protected() && !admitted) {
        clear_identity_headers(edit, conf);
    } else {
        set_identity_headers(edit, conf);
    }
    if (request && request->is_preflight()) {
        hide_method_override(edit);
    }
    edit.end();
}

void drop_query(ngx_http_request_t* r) {
    forget_header_variables(r);
    const std::string_view sent = view(r->unparsed_uri);
    r->unparsed_uri.len = std::min(sent.find('?'), sent.size());
    ngx_str_null(&r->args);
}

}  // namespace ngx
