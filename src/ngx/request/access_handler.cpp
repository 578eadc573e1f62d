#include "ngx/request/access_handler.hpp"

#include "base/http.hpp"
#include "ngx/request/upstream_headers.hpp"
#include "ngx/request/request_body.hpp"
#include "ngx/clock.hpp"
#include "ngx/request/headers.hpp"
#include "ngx/log.hpp"
#include "ngx/request/respond.hpp"
#include "ngx/request/fast_path.hpp"
#include "oidc/web/refusal.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/memory/accept_cache.hpp"
#include "oidc/web/navigation.hpp"
#include "oidc/access/access.hpp"
#include "oidc/login/callback.hpp"
#include "oidc/login/login_attempt.hpp"
#include "oidc/logout/backchannel_logout.hpp"
#include "oidc/logout/frontchannel_logout.hpp"
#include "oidc/logout/rp_logout.hpp"
#include "oidc/policy.hpp"
#include "oidc/web/own_endpoints.hpp"

namespace ngx {

namespace {

using oidc::web::OwnEndpoint;

// Of a form with one logout token.
constexpr std::size_t kMaxLogoutBytes = 32 * 1024;

// A cheap look before anything is gathered.
bool may_be_endpoint(const SrvConf& server, std::string_view path) {
    for (const ProviderConf* p : server.providers) {
        const oidc::LogoutPolicy& logout = p->policy.logout;
        if ((logout.uri && logout.uri->path == path) ||
            logout.frontchannel_path == path ||
            logout.backchannel_path == path) {
            return true;
        }
        for (const oidc::OwnAddress& own : p->policy.redirect_uris) {
            if (own.path == path) {
                return true;
            }
        }
    }
    return false;
}

ngx_int_t give_answer(ngx_http_request_t* r, Request& request,
                      const ProviderConf& p, const oidc::Response& response,
                      metrics::Method method, bool in_access_phase) {
    request.set_reason(response.reason);
    worker_of(r)->tally(p).answered(method, response, request.saving());
    if (response.reason) {
        log_refusal(r, p.policy.name, *response.reason);
    }
    // Another access module may yet let the request pass (satisfy any).
    if (in_access_phase) {
        clear_identity_headers(r, loc_conf(r));
    }
    return send_answer(r, request, response, in_access_phase);
}

ngx_int_t finish(ngx_http_request_t* r, Request& request, const ProviderConf& p,
                 const oidc::Response& response, bool in_access_phase) {
    return give_answer(
        r, request, p, response,
        credential_of(p.policy, loc_conf(r).policy, request.facts()),
        in_access_phase);
}

// auth_oidc_login_action upstream: nothing that the provider sent goes on with
// the request, nor by the page's own links.
ngx_int_t enter(ngx_http_request_t* r, Request& request, const ProviderConf& p,
                const oidc::Allow& allow) {
    request.set_entered(p, allow.identity);
    drop_query(r);
    bool ok = add_set_cookies(r, allow.set_cookies) &&
              add_response_header(r, "Cache-Control", "no-store") &&
              add_response_header(r, "Referrer-Policy", "no-referrer");
    return ok ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t run_endpoint(ngx_http_request_t* r, Request& request,
                       const ProviderConf& p, Request::Start start) {
    auto step = request.run(p, loc_conf(r).policy, start);
    if (!step) {
        return NGX_DONE;
    }
    if (const auto* response = std::get_if<oidc::Response>(&*step)) {
        return finish(r, request, p, *response, false);
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
            return finish(r, request, p, response, false);
        }
        request.take_body(std::move(*body));
    }
    return run_endpoint(r, request, p, oidc::logout::backchannel_logout);
}

// The redirect_uri with a code but no state: refused, unless the location
// is protected and may have such parameters of its own.
ngx_int_t stateless_callback(ngx_http_request_t* r, Request& request,
                             const ProviderConf& p) {
    if (p.redirect_uri_given && loc_conf(r).is_protected()) {
        return NGX_DECLINED;
    }
    oidc::RequestContext context = request.context(p, loc_conf(r).policy);
    return finish(r, request, p,
                  oidc::web::refuse(context, base::Errc::state_missing), false);
}

// Of the providers that answer here, the one whose login this is; else the
// first, to refuse it.
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

ngx_int_t dispatch_endpoint(ngx_http_request_t* r, Request& request,
                            const ProviderConf& p) {
    switch (oidc::web::classify(p.policy, request.facts())) {
        case OwnEndpoint::none:
            return NGX_DECLINED;
        case OwnEndpoint::callback:
            return hide_query(r)
                       ? run_endpoint(r, request, p, oidc::login::callback)
                       : NGX_HTTP_INTERNAL_SERVER_ERROR;
        case OwnEndpoint::callback_stateless:
            return hide_query(r) ? stateless_callback(r, request, p)
                                 : NGX_HTTP_INTERNAL_SERVER_ERROR;
        case OwnEndpoint::logout:
            return run_endpoint(r, request, p, oidc::logout::logout);
        case OwnEndpoint::frontchannel_logout:
            return run_endpoint(r, request, p,
                                oidc::logout::frontchannel_logout);
        case OwnEndpoint::backchannel_logout:
            return hide_query(r) ? receive_logout(r, request, p)
                                 : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

// The provider that the location names, or its variable; nullptr: none.
const ProviderConf* chosen_provider(ngx_http_request_t* r,
                                    const Choice& choice) {
    if (choice.variable == nullptr) {
        return choice.provider;
    }
    ngx_str_t name{0, nullptr};
    if (ngx_http_complex_value(r, choice.variable, &name) != NGX_OK) {
        return nullptr;
    }
    return main_conf(r).find(view(name));
}

// auth_oidc_require: every variable non-empty and not 0.
bool rule_holds(ngx_http_request_t* r, const Require& rule) {
    for (const ngx_http_complex_value_t& value : rule.values) {
        ngx_str_t text{0, nullptr};
        if (ngx_http_complex_value(
                r, const_cast<ngx_http_complex_value_t*>(&value), &text) !=
            NGX_OK) {
            return false;
        }
        if (text.len == 0 || view(text) == "0") {
            return false;
        }
    }
    return true;
}

ngx_int_t check_requires(ngx_http_request_t* r, Request& request,
                         const ProviderConf& p) {
    for (const Require& rule : loc_conf(r).requires_) {
        if (rule_holds(r, rule)) {
            continue;
        }
        oidc::Response response = oidc::web::refuse(
            request.context(p, loc_conf(r).policy), base::Errc::rule_not_met);
        response.status = static_cast<unsigned>(rule.status);
        return finish(r, request, p, response, true);
    }
    return NGX_OK;
}

// The request knows who it is of.
ngx_int_t pass_to_upstream(ngx_http_request_t* r, Request& request,
                           const ProviderConf& p,
                           const std::vector<std::string>& set_cookies) {
    if (ngx_int_t rc = check_requires(r, request, p); rc != NGX_OK) {
        return rc;
    }
    hide_refresh_tokens(r, srv_conf(r));
    bool ok = hide_own_cookies(r, srv_conf(r)) &&
              prepare_upstream(r, loc_conf(r).policy, request) &&
              set_identity_headers(r, loc_conf(r)) &&
              add_set_cookies(r, set_cookies);
    drop_vacant(r);
    if (!ok) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    worker_of(r)->tally(p).allowed(request.method(), request.saving());
    return NGX_OK;
}

// A location without protection: nothing of ours and nothing under our
// names goes upstream.
ngx_int_t pass_unprotected(ngx_http_request_t* r) {
    const SrvConf& server = srv_conf(r);
    hide_refresh_tokens(r, server);
    bool ok = (server.providers.empty() || hide_own_cookies(r, server)) &&
              set_identity_headers(r, loc_conf(r));
    drop_vacant(r);
    return ok ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

// A CORS preflight, where the application answers it: as nobody, whatever
// cookies came along.
ngx_int_t pass_preflight(ngx_http_request_t* r) {
    const SrvConf& server = srv_conf(r);
    hide_refresh_tokens(r, server);
    clear_identity_headers(r, loc_conf(r));
    bool ok = hide_own_cookies(r, server);
    drop_vacant(r);
    return ok ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

std::unique_ptr<oidc::Flow> protect_or_log_out(
    const oidc::RequestContext& context) {
    return oidc::web::is_logout_request(context.provider, context.facts)
               ? oidc::logout::logout(context)
               : oidc::access::protect(context);
}

ngx_int_t apply_step(ngx_http_request_t* r, Request& request,
                     const ProviderConf& p, const oidc::Step& step) {
    if (const auto* allow = std::get_if<oidc::Allow>(&step)) {
        request.set_identity(allow->identity);
        request.set_reason(allow->reason);
        return pass_to_upstream(r, request, p, allow->set_cookies);
    }
    if (const auto* response = std::get_if<oidc::Response>(&step)) {
        return finish(r, request, p, *response, true);
    }
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t protect(ngx_http_request_t* r, Request& request,
                  const ProviderConf& p) {
    if (oidc::IdentityRef who = request.entered(p)) {
        return apply_step(
            r, request, p,
            oidc::access::admit(request.context(p, loc_conf(r).policy), who));
    }
    auto step = request.run(p, loc_conf(r).policy, protect_or_log_out);
    return step ? apply_step(r, request, p, *step) : NGX_AGAIN;
}

// The refusal of a request that carries no credential, when it is at hand.
const oidc::Response* refusal_at_hand(ngx_http_request_t* r, Request& request,
                                      const ProviderConf& p) {
    if (may_be_endpoint(srv_conf(r), view(r->uri))) {
        return nullptr;
    }
    const oidc::RequestFacts& facts = request.facts();
    const auto reason =
        oidc::access::refusal_of_stranger(loc_conf(r).policy, facts);
    return reason && !base::prefers_html(facts.accept)
               ? worker_of(r)->refusal(p, *reason)
               : nullptr;
}

// The short ways; absent: it is to be judged.
std::optional<ngx_int_t> decide_at_once(ngx_http_request_t* r, Request& request,
                                        const ProviderConf& p, Shown& shown) {
    const oidc::Response* refusal = nullptr;
    if (shown.known) {
        request.set_identity(std::move(shown.known));
    } else if (shown.is_accepted) {
        request.set_accepted(p, shown.token);
    } else {
        refusal = shown.is_stranger ? refusal_at_hand(r, request, p) : nullptr;
        if (refusal == nullptr) {
            return std::nullopt;
        }
    }
    request.set_provider(p);
    return refusal ? give_answer(r, request, p, *refusal, metrics::Method::none,
                                 true)
                   : pass_to_upstream(r, request, p, {});
}

// A token that was judged and accepted on the spot is known from now on; by
// which keys, is certain only when they stayed the same.
void note_accepted(ngx_http_request_t* r, const oidc::IdentityRef& identity,
                   const Shown& shown, std::uint64_t before,
                   std::uint64_t after) {
    if (shown.token_key && before == after && identity &&
        identity->method == oidc::Method::bearer) {
        worker_of(r)->accepted().note(
            shown.token, *shown.token_key,
            oidc::memory::location_bit(loc_conf(r).policy), before, now(),
            std::min(identity->expires,
                     base::saturating_add(now(), oidc::token::kMaxVerdictAge)));
    }
}

// The first time round: what is seen at once decides, or what judging says.
ngx_int_t meet(ngx_http_request_t* r, Request& request, const ProviderConf& p) {
    ProviderState& source = worker_of(r)->source(p);
    Shown shown = look_at(r, *worker_of(r), p);
    if (const auto decided = decide_at_once(r, request, p, shown)) {
        return *decided;
    }
    const std::uint64_t before = source.keys().generation;
    const ngx_int_t rc = protect(r, request, p);
    // Only then are the request, and what it knows, certain to be there still.
    if (rc == NGX_OK) {
        note_accepted(r, request.judged_identity(), shown, before,
                      source.keys().generation);
    }
    return rc;
}

}  // namespace

ngx_int_t endpoints_handler(ngx_http_request_t* r) {
    const SrvConf& server = srv_conf(r);
    if (r != r->main || server.providers.empty() ||
        !may_be_endpoint(server, view(r->uri)) || worker_of(r) == nullptr) {
        return NGX_DECLINED;
    }
    Request* request = Request::of(r);
    if (request == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    const ProviderConf* p = addressed_provider(server, request->facts());
    return p ? dispatch_endpoint(r, *request, *p) : NGX_DECLINED;
}

ngx_int_t access_handler(ngx_http_request_t* r) {
    const LocConf& conf = loc_conf(r);
    if (!conf.is_protected()) {
        return pass_unprotected(r);
    }
    Request* request = worker_of(r) ? Request::of(r) : nullptr;
    if (request == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (conf.policy.passes_preflight && r->method == NGX_HTTP_OPTIONS &&
        !request->is_running() && oidc::web::is_preflight(request->facts())) {
        return pass_preflight(r);
    }
    const ProviderConf* p = request->is_running()
                                ? request->provider()
                                : chosen_provider(r, **conf.choice);
    if (p == nullptr) {
        log_refusal(r, "-", base::Errc::provider_unknown);
        request->set_reason(base::Errc::provider_unknown);
        clear_identity_headers(r, conf);
        return NGX_HTTP_FORBIDDEN;
    }
    // A request that comes back, or again, is judged.
    return request->is_running() || request->provider() != nullptr
               ? protect(r, *request, *p)
               : meet(r, *request, *p);
}

}  // namespace ngx
