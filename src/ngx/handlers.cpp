#include "ngx/handlers.hpp"

#include "ngx/allow.hpp"
#include "ngx/body.hpp"
#include "ngx/clock.hpp"
#include "ngx/headers.hpp"
#include "ngx/log.hpp"
#include "ngx/respond.hpp"
#include "oidc/answer.hpp"
#include "oidc/known.hpp"

namespace ngx {

namespace {

using oidc::Endpoint;

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

ngx_int_t finish(ngx_http_request_t* r, Request& request, const ProviderConf& p,
                 const oidc::Answer& answer, bool in_access_phase) {
    request.set_reason(answer.reason);
    const oidc::Facts& facts = request.facts();
    worker_of(r)->tally(p).answered(
        credential_of(p.policy, loc_conf(r).policy, facts), answer,
        request.saving());
    if (answer.reason) {
        log_refusal(r, p.policy.name, *answer.reason);
    }
    // Another access module may yet let the request pass (satisfy any).
    if (in_access_phase && !clear_identity_headers(r, loc_conf(r))) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return send_answer(r, request, answer, in_access_phase);
}

ngx_int_t run_endpoint(ngx_http_request_t* r, Request& request,
                       const ProviderConf& p, Request::Start start) {
    auto step = request.run(p, loc_conf(r).policy, start);
    if (!step) {
        return NGX_DONE;
    }
    if (const auto* answer = std::get_if<oidc::Answer>(&*step)) {
        return finish(r, request, p, *answer, false);
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
            oidc::Answer answer =
                oidc::refuse_logout(request.context(p, loc_conf(r).policy),
                                    base::Errc::token_too_large);
            answer.status = NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
            return finish(r, request, p, answer, false);
        }
        request.take_body(std::move(*body));
    }
    return run_endpoint(r, request, p, oidc::backchannel_logout);
}

// The redirect_uri with a code but no state: refused, unless the location
// is protected and may have such parameters of its own.
ngx_int_t stateless_callback(ngx_http_request_t* r, Request& request,
                             const ProviderConf& p) {
    if (p.redirect_uri_given && loc_conf(r).is_protected()) {
        return NGX_DECLINED;
    }
    oidc::Context context = request.context(p, loc_conf(r).policy);
    return finish(r, request, p,
                  oidc::refuse(context, base::Errc::state_missing), false);
}

// Of the providers that answer here, the one whose login this is; else the
// first, to refuse it.
const ProviderConf* addressed_provider(const SrvConf& server,
                                       const oidc::Facts& facts) {
    const ProviderConf* first = nullptr;
    for (const ProviderConf* p : server.providers) {
        if (oidc::classify(p->policy, facts) == Endpoint::none) {
            continue;
        }
        if (oidc::has_login_cookie(p->policy, facts)) {
            return p;
        }
        first = first ? first : p;
    }
    return first;
}

ngx_int_t meet_endpoint(ngx_http_request_t* r, Request& request,
                        const ProviderConf& p) {
    switch (oidc::classify(p.policy, request.facts())) {
        case Endpoint::none:
            return NGX_DECLINED;
        case Endpoint::callback:
            return hide_query(r) ? run_endpoint(r, request, p, oidc::callback)
                                 : NGX_HTTP_INTERNAL_SERVER_ERROR;
        case Endpoint::callback_stateless:
            return hide_query(r) ? stateless_callback(r, request, p)
                                 : NGX_HTTP_INTERNAL_SERVER_ERROR;
        case Endpoint::logout:
            return run_endpoint(r, request, p, oidc::logout);
        case Endpoint::frontchannel_logout:
            return run_endpoint(r, request, p, oidc::frontchannel_logout);
        case Endpoint::backchannel_logout:
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
        oidc::Answer answer = oidc::refuse(
            request.context(p, loc_conf(r).policy), base::Errc::rule_not_met);
        answer.status = static_cast<unsigned>(rule.status);
        return finish(r, request, p, answer, true);
    }
    return NGX_OK;
}

ngx_int_t let_pass(ngx_http_request_t* r, Request& request,
                   const ProviderConf& p, const oidc::Allow& allow) {
    request.set_identity(allow.identity);
    request.set_reason(allow.reason);
    if (ngx_int_t rc = check_requires(r, request, p); rc != NGX_OK) {
        return rc;
    }
    if (!prepare_upstream(r, loc_conf(r).policy, allow) ||
        !hide_refresh_tokens(r, srv_conf(r)) ||
        !hide_own_cookies(r, srv_conf(r)) ||
        !set_identity_headers(r, loc_conf(r)) ||
        !add_set_cookies(r, allow.set_cookies)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    worker_of(r)->tally(p).allowed(request.identity(), request.saving());
    return NGX_OK;
}

// A location without protection: nothing of ours and nothing under our
// names goes upstream.
ngx_int_t pass_unprotected(ngx_http_request_t* r) {
    const SrvConf& server = srv_conf(r);
    bool ok = (server.providers.empty() || hide_own_cookies(r, server)) &&
              hide_refresh_tokens(r, server) &&
              set_identity_headers(r, loc_conf(r));
    return ok ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

std::unique_ptr<oidc::Flow> protect_or_log_out(const oidc::Context& context) {
    return oidc::is_logout_request(context.provider, context.facts)
               ? oidc::logout(context)
               : oidc::protect(context);
}

ngx_int_t protect(ngx_http_request_t* r, Request& request,
                  const ProviderConf& p) {
    auto step = request.run(p, loc_conf(r).policy, protect_or_log_out);
    if (!step) {
        return NGX_AGAIN;
    }
    if (const auto* allow = std::get_if<oidc::Allow>(&*step)) {
        return let_pass(r, request, p, *allow);
    }
    if (const auto* answer = std::get_if<oidc::Answer>(&*step)) {
        return finish(r, request, p, *answer, true);
    }
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

// The one Authorization header, when nothing of ours was done yet.
const ngx_table_elt_t* sole_authorization(ngx_http_request_t* r) {
    const ngx_table_elt_t* first = r->headers_in.authorization;
    if (first == nullptr) {
        return nullptr;
    }
    unsigned lines = 0;
    each_header(r->headers_in.headers, [&](const ngx_table_elt_t& line) {
        lines += line.hash == first->hash && is_named(line, "authorization");
    });
    return lines == 1 ? first : nullptr;
}

// The short way for what this worker has let pass here before.
oidc::IdentityRef recognise(ngx_http_request_t* r, const Request& request,
                            const ProviderConf& p) {
    if (request.is_running() || request.provider() != nullptr ||
        !p.policy.logout.query_arg.empty()) {
        return {};
    }
    const ngx_table_elt_t* line = sole_authorization(r);
    if (line == nullptr) {
        return {};
    }
    Worker& worker = *worker_of(r);
    return oidc::known_bearer(worker.identities(), p.policy, loc_conf(r).policy,
                              view(line->value),
                              worker.source(p).keys().generation, now());
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
    return p ? meet_endpoint(r, *request, *p) : NGX_DECLINED;
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
    const ProviderConf* p = request->is_running()
                                ? request->provider()
                                : chosen_provider(r, **conf.choice);
    if (p == nullptr) {
        log_refusal(r, "-", base::Errc::provider_unknown);
        request->set_reason(base::Errc::provider_unknown);
        return clear_identity_headers(r, conf) ? NGX_HTTP_FORBIDDEN : NGX_ERROR;
    }
    if (oidc::IdentityRef known = recognise(r, *request, *p)) {
        request->set_provider(*p);
        return let_pass(r, *request, *p, {std::move(known), {}, {}});
    }
    return protect(r, *request, *p);
}

}  // namespace ngx
