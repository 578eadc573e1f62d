// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/access_handler.hpp"

#include <algorithm>

#include "base/http.hpp"
#include "ngx/clock.hpp"
#include "ngx/log.hpp"
#include "ngx/request/endpoint_handler.hpp"
#include "ngx/request/fast_path.hpp"
#include "ngx/request/respond.hpp"
#include "oidc/access/access.hpp"
#include "oidc/access/rules.hpp"
#include "oidc/logout/rp_logout.hpp"
#include "oidc/policy.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/web/navigation.hpp"
#include "oidc/web/own_endpoints.hpp"
#include "oidc/web/refusal.hpp"

namespace ngx {

namespace {

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

// auth_oidc_require: every value says something.
bool rule_holds(ngx_http_request_t* r, const Require& rule) {
    for (const ngx_http_complex_value_t& value : rule.values) {
        ngx_str_t text{0, nullptr};
        if (ngx_http_complex_value(
                r, const_cast<ngx_http_complex_value_t*>(&value), &text) !=
            NGX_OK) {
            return false;
        }
        if (oidc::access::is_empty_value(view(text))) {
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
        response.method = request.method();
        return send_response(r, request, p, response);
    }
    return NGX_OK;
}

// The request is let in as what its identity says; what goes to the upstream is
// decided before the content phase.
ngx_int_t let_in(ngx_http_request_t* r, Request& request, const ProviderConf& p,
                 std::vector<std::string> set_cookies) {
    if (ngx_int_t rc = check_requires(r, request, p); rc != NGX_OK) {
        return rc;
    }
    request.add_set_cookies(std::move(set_cookies));
    request.admit();
    worker_of(r)->tally(p).allowed(request.method(), request.saving());
    return NGX_OK;
}

std::unique_ptr<oidc::Flow> protect_or_log_out(
    const oidc::RequestContext& context) {
    return oidc::web::is_logout_request(context.provider, context.facts)
               ? oidc::logout::logout(context)
               : oidc::access::protect(context);
}

ngx_int_t apply_step(ngx_http_request_t* r, Request& request,
                     const ProviderConf& p, oidc::Step step) {
    if (auto* allow = std::get_if<oidc::Allow>(&step)) {
        request.set_identity(std::move(allow->identity));
        request.set_reason(allow->reason);
        request.guard_set_cookies(std::move(allow->may_set_cookies));
        return let_in(r, request, p, std::move(allow->set_cookies));
    }
    if (const auto* response = std::get_if<oidc::Response>(&step)) {
        request.set_identity({});
        return send_response(r, request, p, *response);
    }
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t judge_by(ngx_http_request_t* r, Request& request,
                   const ProviderConf& p) {
    auto step = request.run(p, loc_conf(r).policy, protect_or_log_out);
    return step ? apply_step(r, request, p, std::move(*step)) : NGX_AGAIN;
}

// The refusal of a request that carries no credential, when it is at hand.
const oidc::Response* refusal_at_hand(ngx_http_request_t* r, Request& request,
                                      const ProviderConf& p) {
    if (is_own_path(srv_conf(r), view(r->uri))) {
        return nullptr;
    }
    const oidc::RequestFacts& facts = request.facts();
    const auto reason =
        oidc::access::refusal_of_stranger(loc_conf(r).policy, facts);
    return reason && !base::prefers_html(facts.accept)
               ? worker_of(r)->refusal(p, *reason)
               : nullptr;
}

using Decision = oidc::access::AcceptCache::Decision;

// Absent: the request is to be judged.
std::optional<ngx_int_t> decide_at_once(ngx_http_request_t* r, Request& request,
                                        const ProviderConf& p,
                                        Decision& decision) {
    const oidc::Response* refusal = nullptr;
    if (decision.identity) {
        request.set_identity(std::move(decision.identity));
    } else if (decision.is_accepted) {
        request.set_accepted(p, decision.token);
    } else {
        refusal =
            decision.is_stranger ? refusal_at_hand(r, request, p) : nullptr;
        if (refusal == nullptr) {
            return std::nullopt;
        }
    }
    request.set_provider(p);
    if (refusal != nullptr) {
        request.set_identity({});
        return send_response(r, request, p, *refusal);
    }
    return let_in(r, request, p, {});
}

// The fast path decides, or the flow.
ngx_int_t meet(ngx_http_request_t* r, Request& request, const ProviderConf& p) {
    Worker& worker = *worker_of(r);
    ProviderState& source = worker.source(p);
    const oidc::Location& location = loc_conf(r).policy;
    const oidc::access::Shown shown = shown_by(r, p);
    const std::uint64_t before =
        shown.authorizations != 0 ? source.keys().generation : 0;
    Decision decision = worker.accept_cache().decide(shown, p.policy, location,
                                                     before, worker.sessions(p),
                                                     worker.marks(p), now());
    if (const auto decided = decide_at_once(r, request, p, decision)) {
        return *decided;
    }
    if (decision.token_key) {
        worker.expect_verdict(*decision.token_key);
    }
    const ngx_int_t rc = judge_by(r, request, p);
    // Only then are the request, and what it knows, certain to be there still.
    if (rc == NGX_OK) {
        worker.accept_cache().note(decision, location,
                                   request.judged_identity(), before,
                                   source.keys().generation, now());
    }
    return rc;
}

ngx_int_t refuse_unknown_provider(ngx_http_request_t* r, Request& request) {
    log_refusal(r, "-", base::Errc::provider_unknown);
    request.set_identity({});
    request.set_reason(base::Errc::provider_unknown);
    return NGX_HTTP_FORBIDDEN;
}

// A CORS preflight that the application answers is passed without a user, even
// if it has cookies.
bool is_preflight_passed(ngx_http_request_t* r, Request& request) {
    return loc_conf(r).policy.passes_preflight &&
           r->method == NGX_HTTP_OPTIONS && !request.is_running() &&
           oidc::web::is_preflight(request.facts());
}

// The configuration of a location by one of nginx's access modules, as words
// that are zero if nothing is configured. A request that met a rule cannot be
// told from one in a location without rules, and these modules do not export
// their structures.
const std::uintptr_t* configuration_of(ngx_http_request_t* r,
                                       std::string_view module) {
    for (ngx_module_t** m = ngx_cycle->modules; *m != nullptr; m++) {
        if ((*m)->name == module) {
            return static_cast<const std::uintptr_t*>(
                r->loc_conf[(*m)->ctx_index]);
        }
    }
    return nullptr;
}

// Lists of rules for IPv4, IPv6 and unix sockets.
bool has_address_rules(ngx_http_request_t* r) {
    constexpr std::size_t kLists =
        1 + (NGX_HAVE_INET6) + (NGX_HAVE_UNIX_DOMAIN);
    const auto* conf = configuration_of(r, "ngx_http_access_module");
    return conf && std::any_of(conf, conf + kLists,
                               [](std::uintptr_t list) { return list != 0; });
}

// A pointer to the realm, which is "off" where it has been switched off.
bool has_auth_basic(ngx_http_request_t* r) {
    const auto* conf = configuration_of(r, "ngx_http_auth_basic_module");
    return conf && *conf != 0 &&
           view(reinterpret_cast<const ngx_http_complex_value_t*>(*conf)
                    ->value) != "off";
}

// The length of the URI.
bool has_auth_request(ngx_http_request_t* r) {
    const auto* conf = configuration_of(r, "ngx_http_auth_request_module");
    return conf && *conf != 0;
}

bool has_rules(const LocConf& location) {
    return oidc::access::has_rules(location.policy) ||
           !location.requires_.empty();
}

// With `auth_oidc_unauthenticated pass`, a request may have passed without a
// user.
bool is_user(ngx_http_request_t* r, Users users) {
    Request* request = Request::find(r);
    return loc_conf(r).is_protected() && request &&
           request->identity() != nullptr &&
           (users == Users::all || has_rules(loc_conf(r)));
}

}  // namespace

ngx_int_t judge(ngx_http_request_t* r, Request& request) {
    request.begin_access(loc_conf(r));
    if (is_preflight_passed(r, request)) {
        request.set_identity({});
        request.set_preflight();
        return NGX_DECLINED;
    }
    const ProviderConf* p = request.is_running()
                                ? request.provider()
                                : chosen_provider(r, **loc_conf(r).choice);
    if (p == nullptr) {
        return refuse_unknown_provider(r, request);
    }
    if (request.is_running()) {
        return judge_by(r, request, *p);
    }
    if (oidc::IdentityRef who = request.entered(*p)) {
        return apply_step(
            r, request, *p,
            oidc::access::admit(request.context(*p, loc_conf(r).policy), who,
                                now()));
    }
    return meet(r, request, *p);
}

ngx_int_t access_handler(ngx_http_request_t* r) {
    if (!loc_conf(r).is_protected()) {
        return NGX_DECLINED;
    }
    Request* request = worker_of(r) ? Request::of(r) : nullptr;
    if (request == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (request->endpoint() != oidc::web::OwnEndpoint::none) {
        request->begin_access(loc_conf(r));
        return NGX_OK;
    }
    return judge(r, *request);
}

bool is_restricted(ngx_http_request_t* r, Users users) {
    return has_address_rules(r) || has_auth_basic(r) || has_auth_request(r) ||
           is_user(r, users);
}

}  // namespace ngx
