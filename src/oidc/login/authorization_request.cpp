// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/authorization_request.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/form.hpp"
#include "base/percent_encoding.hpp"
#include "oidc/login/login_attempt.hpp"
#include "oidc/login/pkce.hpp"
#include "oidc/session/finished_logins.hpp"
#include "oidc/session/store.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/web/own_endpoints.hpp"
#include "oidc/web/own_origin.hpp"
#include "oidc/web/refusal.hpp"

namespace oidc::login {
namespace {

// Parameters that extra_auth_args cannot set: the module's own, and those that
// would change the response of the login (RFC 9101, OAuth 2.0 Multiple Response
// Types 2.1).
constexpr std::array<std::string_view, 11> kCoreParameters = {
    "response_type", "response_mode",  "client_id",
    "redirect_uri",  "scope",          "state",
    "nonce",         "code_challenge", "code_challenge_method",
    "request",       "request_uri"};

bool is_core(std::string_view name) {
    return std::find(kCoreParameters.begin(), kCoreParameters.end(), name) !=
           kCoreParameters.end();
}

// Decoded and written anew, so that a variable's value stays one value.
void add_extra(base::FormWriter& form, std::string_view extra) {
    while (!extra.empty()) {
        const std::string_view pair = base::take_until(extra, '&');
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = base::percent_decode(pair.substr(0, equals), true);
        auto value = base::percent_decode(
            pair.substr(std::min(equals + 1, pair.size())), true);
        if (name && value && !name->empty() && !is_core(*name)) {
            form.add(*name, *value);
        }
    }
}

std::string authorization_url(const RequestContext& c, const Metadata& metadata,
                              const LoginAttempt& attempt) {
    base::FormWriter form;
    form.add("response_type", "code")
        .add("client_id", c.provider.client_id)
        .add("redirect_uri", attempt.redirect_uri)
        .add("scope", c.provider.scope)
        .add("state", attempt.state)
        .add("nonce", attempt.nonce);
    if (c.provider.pkce) {
        form.add("code_challenge",
                 code_challenge(attempt.code_verifier.reveal()))
            .add("code_challenge_method", "S256");
    }
    add_extra(form, c.ports.provider.extra_auth_args());
    return base::with_query(metadata.endpoints.authorization, form.text());
}

// Why a login cannot begin here at all.
base::Status may_start(const RequestContext& c, const Metadata& metadata,
                       unsigned round) {
    const std::string origin = web::own_origin(c.provider, c.facts);
    if (round > kMaxLoginRounds) {
        return base::Errc::login_loop;
    }
    if (web::redirect_uri(c.provider, c.facts).empty() || origin.empty()) {
        return base::Error(base::Errc::insecure_login,
                           "the request does not say on which host it is");
    }
    if (web::is_secure(c.provider, c.facts.scheme) &&
        !origin.starts_with("https:")) {
        return base::Errc::insecure_login;
    }
    if (metadata.endpoints.authorization.empty()) {
        return base::Error(base::Errc::endpoint_missing,
                           "the provider has no authorization_endpoint");
    }
    return {};
}

// The page's link begins anew, also beside a cookie that cannot be removed.
Response stop_logging_in(const RequestContext& c,
                         const base::SameOriginUri& target, base::Instant now) {
    Response response =
        web::refuse(c, session::login_does_not_stay(c), target.text());
    if (auto none = session::remember_finished_logins(c, 0, now)) {
        response.set_cookies.push_back(std::move(*none));
    }
    return response;
}

}  // namespace

base::SameOriginUri return_target(const RequestContext& c) {
    const std::string& chosen = c.location.login_redirect_uri;
    const RequestFacts& f = c.facts;
    std::string_view wanted = chosen;
    const web::OwnEndpoint own = web::classify(c.provider, f);
    // A state that is none of ours is a parameter of the page.
    const bool is_page =
        own == web::OwnEndpoint::none ||
        (own == web::OwnEndpoint::callback && !has_own_state(f));
    if (chosen.empty() && f.method == "GET" && is_page &&
        !web::is_logout_request(c.provider, f)) {
        wanted = f.request_uri;
    }
    auto target = base::SameOriginUri::parse(wanted);
    return target ? std::move(*target) : base::SameOriginUri::root();
}

Response start_login(const RequestContext& c, const Metadata& metadata,
                     const base::SameOriginUri& target, unsigned round,
                     base::Instant now) {
    if (const auto ready = session::store_of(c.provider).is_ready(c); !ready) {
        return web::refuse(c, ready.error(), target.text());
    }
    if (auto may = may_start(c, metadata, round); !may) {
        return web::refuse(c, may.error(), target.text());
    }
    // Where sessions are not accepted, each page needs a login of its own.
    const unsigned finished = c.location.methods.has(Method::session)
                                  ? session::count_finished_logins(c, now)
                                  : 0;
    if (finished >= session::kMaxFinishedLogins) {
        return stop_logging_in(c, target, now);
    }
    auto attempt = make_attempt(c, target, round, now);
    if (!attempt) {
        return web::refuse(c, attempt.error(), target.text());
    }
    attempt->finished = finished;
    auto cookie = remember_attempt(c, *attempt);
    if (!cookie) {
        return web::refuse(c, cookie.error(), target.text());
    }
    Response response = web::redirect(authorization_url(c, metadata, *attempt));
    response.set_cookies = make_room(c, cookie->find(';'));
    response.set_cookies.push_back(std::move(*cookie));
    return response;
}

}  // namespace oidc::login
