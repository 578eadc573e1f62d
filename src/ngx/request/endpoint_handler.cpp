// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/endpoint_handler.hpp"

#include <algorithm>

#include "base/bad_alloc.hpp"
#include "ngx/log.hpp"
#include "ngx/request/access_handler.hpp"
#include "ngx/request/headers.hpp"
#include "ngx/request/request_body.hpp"
#include "ngx/request/respond.hpp"
#include "ngx/request/upstream_headers.hpp"
#include "oidc/login/callback.hpp"
#include "oidc/login/login_attempt.hpp"
#include "oidc/logout/backchannel_logout.hpp"
#include "oidc/logout/frontchannel_logout.hpp"
#include "oidc/logout/rp_logout.hpp"
#include "oidc/web/refusal.hpp"

namespace ngx {

namespace {

using oidc::web::OwnEndpoint;

// The body is a form with one logout token.
constexpr std::size_t kMaxLogoutBytes = 32 * 1024;

// With `auth_oidc_login_action upstream`, the application answers the request
// that ended the login: without the provider's query, and under the rules of
// the location.
ngx_int_t enter(ngx_http_request_t* r, Request& request, const ProviderConf& p,
                const oidc::Allow& allow) {
    request.set_endpoint(nullptr, OwnEndpoint::none);
    request.set_entered(p, allow.identity);
    drop_query(r);
    request.add_set_cookies(allow.set_cookies);
    return add_response_header(r, "Cache-Control", "no-store") &&
                   add_response_header(r, "Referrer-Policy", "no-referrer")
               ? NGX_DECLINED
               : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t run_endpoint(ngx_http_request_t* r, Request& request,
                       const ProviderConf& p, Request::Start start) {
    auto step = request.run(p, loc_conf(r).policy, start);
    if (!step) {
        return NGX_DONE;
    }
    if (const auto* response = std::get_if<oidc::Response>(&*step)) {
        return send_response(r, request, p, *response);
    }
    if (const auto* allow = std::get_if<oidc::Allow>(&*step)) {
        return enter(r, request, p, *allow);
    }
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

// The provider's own request. Its body is here when we are entered again.
ngx_int_t receive_logout(ngx_http_request_t* r, Request& request,
                         const ProviderConf& p) {
    const bool is_post = (r->method & NGX_HTTP_POST) != 0;
    if (is_post && !request.is_running()) {
        if (!is_longer(r, kMaxLogoutBytes) && !has_body(r)) {
            return read_body(r, kMaxLogoutBytes);
        }
        auto body = body_of(r, kMaxLogoutBytes);
        if (!body) {
            oidc::Response response =
                oidc::web::refuse_logout(request.context(p, loc_conf(r).policy),
                                         base::Errc::token_too_large);
            response.status = NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
            return send_response(r, request, p, response);
        }
        request.take_body(std::move(*body));
    }
    return run_endpoint(r, request, p, oidc::logout::backchannel_logout);
}

ngx_int_t refuse_stateless(ngx_http_request_t* r, Request& request,
                           const ProviderConf& p) {
    oidc::Response response = oidc::web::refuse(
        request.context(p, loc_conf(r).policy),
        oidc::web::classify(p.policy, request.facts()) == OwnEndpoint::none
            ? base::Error(base::Errc::callback_malformed,
                          "the callback has no parameters")
            : base::Error(base::Errc::state_missing));
    response.method = oidc::Method::authorization_code;
    return send_response(r, request, p, response);
}

// The provider whose login this is, among those that use this address; else the
// first one, which refuses it.
const ProviderConf* addressed_provider(const SrvConf& server,
                                       const oidc::RequestFacts& facts) {
    const ProviderConf* first = nullptr;
    for (const ProviderConf* p : server.providers) {
        if (oidc::web::classify(p->policy, facts) == OwnEndpoint::none) {
            continue;
        }
        if (oidc::login::has_login_cookie(p->policy, facts)) {
            return p;
        }
        first = first ? first : p;
    }
    return first;
}

// A code without a state, or with one that this module has not made, may be
// parameters of the application's own, where the administrator chose a
// protected page as the redirect_uri.
bool is_left_to_location(ngx_http_request_t* r, const ProviderConf& p,
                         OwnEndpoint endpoint,
                         const oidc::RequestFacts& facts) {
    if (!p.redirect_uri_given || !loc_conf(r).is_protected()) {
        return false;
    }
    return endpoint == OwnEndpoint::callback_stateless ||
           (endpoint == OwnEndpoint::callback &&
            !oidc::login::has_own_state(facts) &&
            !oidc::login::has_login_cookie(p.policy, facts));
}

// Nothing else is at the default address: what comes without a query has lost
// it.
const ProviderConf* addressed_without_query(const SrvConf& server,
                                            const oidc::RequestFacts& facts) {
    for (const ProviderConf* p : server.providers) {
        const auto fits = [&](const oidc::OwnAddress& a) {
            return a.path == facts.path;
        };
        if (!p->redirect_uri_given &&
            std::ranges::any_of(p->policy.redirect_uris, fits)) {
            return p;
        }
    }
    return nullptr;
}

}  // namespace

bool is_own_path(const SrvConf& server, std::string_view path) noexcept {
    return server.own_path_lengths.test(path.size() % kLengths) &&
           std::binary_search(server.own_paths.begin(), server.own_paths.end(),
                              path);
}

bool is_own_request(ngx_http_request_t* r) {
    const SrvConf& server = srv_conf(r);
    if (!is_own_path(server, view(r->uri)) || worker_of(r) == nullptr) {
        return false;
    }
    Request* request = Request::of(r);
    if (request == nullptr) {
        base::out_of_memory();
    }
    const ProviderConf* p = addressed_provider(server, request->facts());
    // The query of the provider is not logged.
    if (p &&
        oidc::web::classify(p->policy, request->facts()) !=
            OwnEndpoint::logout &&
        !hide_query(r)) {
        base::out_of_memory();
    }
    return p || addressed_without_query(server, request->facts());
}

bool note_endpoint(ngx_http_request_t* r) {
    const SrvConf& server = srv_conf(r);
    if (!is_own_path(server, view(r->uri)) || worker_of(r) == nullptr) {
        return false;
    }
    Request* request = Request::of(r);
    if (request == nullptr) {
        base::out_of_memory();
    }
    const ProviderConf* p = addressed_provider(server, request->facts());
    if (p == nullptr) {
        p = addressed_without_query(server, request->facts());
        if (p == nullptr) {
            return false;
        }
        request->set_endpoint(p, OwnEndpoint::callback_stateless);
        return true;
    }
    const OwnEndpoint endpoint =
        oidc::web::classify(p->policy, request->facts());
    if (is_left_to_location(r, *p, endpoint, request->facts())) {
        return false;
    }
    request->set_endpoint(p, endpoint);
    return true;
}

ngx_int_t answer_endpoint(ngx_http_request_t* r, Request& request) {
    const ProviderConf& p = *request.endpoint_provider();
    switch (request.endpoint()) {
        case OwnEndpoint::none:
            break;
        case OwnEndpoint::callback:
            return run_endpoint(r, request, p, oidc::login::callback);
        case OwnEndpoint::callback_stateless:
            return refuse_stateless(r, request, p);
        case OwnEndpoint::logout:
            return run_endpoint(r, request, p, oidc::logout::logout);
        case OwnEndpoint::frontchannel_logout:
            return run_endpoint(r, request, p,
                                oidc::logout::frontchannel_logout);
        case OwnEndpoint::backchannel_logout:
            return receive_logout(r, request, p);
    }
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

}  // namespace ngx
