// SPDX-License-Identifier: Apache-2.0
#include "oidc/access/access.hpp"

#include "base/http.hpp"
#include "oidc/access/rules.hpp"
#include "oidc/credential/acceptance.hpp"
#include "oidc/credential/basic.hpp"
#include "oidc/credential/exchange.hpp"
#include "oidc/credential/opaque_token.hpp"
#include "oidc/credential/refresh_token.hpp"
#include "oidc/flow.hpp"
#include "oidc/login/authorization_request.hpp"
#include "oidc/login/login_attempt.hpp"
#include "oidc/memory/acceptance.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/provider_call.hpp"
#include "oidc/session/cookie_key.hpp"
#include "oidc/session/denials.hpp"
#include "oidc/session/finished_logins.hpp"
#include "oidc/session/refresh.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/step.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/token/token_rules.hpp"
#include "oidc/web/navigation.hpp"
#include "oidc/web/refusal.hpp"

namespace oidc::access {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

Step by_method(Step step, std::optional<Method> method) {
    if (auto* response = std::get_if<Response>(&step)) {
        response->method = method;
    }
    return step;
}

class Protect final : public Flow {
public:
    explicit Protect(const RequestContext& context)
        : context_(context), call_(context) {}

    Step begin(Instant now) override {
        Step step = judge(now);
        return by_method(std::move(step), method_);
    }
    Step resumed(bool arrived, Instant now) override {
        Step step = go_on(arrived, now);
        return by_method(std::move(step), method_);
    }
    Fetched fetched(ProviderReply reply, Instant now) override {
        if (exchange_) {
            Step step = settle(exchange_->fetched(reply, now), now);
            return {by_method(std::move(step), method_), exchange_->outcome()};
        }
        if (session_ && !is_session_settled_) {
            Step step = settle(session_->fetched(reply, now), now);
            return {by_method(std::move(step), method_), session_->outcome()};
        }
        return {web::refuse(context_, Errc::internal_error), CallOutcome::ok};
    }

private:
    Step judge(Instant now);
    Step go_on(bool arrived, Instant now);
    Step judge_authorization(std::string_view header, Instant now);
    Step judge_bearer(std::string_view token, Instant now);
    Step refuse_bearer(std::string_view token, Error);
    Step judge_basic(std::string_view header, std::string_view credentials,
                     Instant now);
    Step judge_opaque(std::string_view header, std::string_view token,
                      Instant now);
    Step judge_refresh_token(Instant now);
    Step judge_session(Instant now);
    Step exchange(std::string_view shown,
                  base::Result<std::unique_ptr<credential::Credential>>,
                  Instant now);
    Step settle(Progress<IdentityRef>, Instant now);
    Step settle(Progress<session::LoadedSession>, Instant now);
    Step accept(const IdentityRef&, Instant now);
    Step noting(Step, std::uint64_t policy_id, memory::Pieces credential);
    AllOf wanted_scopes() const;

    Step nobody(Error reason, Instant now);
    Step log_in(Instant now);

    bool accepts(Method method) const {
        return context_.location.methods.has(method);
    }

    RequestContext context_;
    provider::ProviderCall call_;
    std::optional<Method> method_;  // of the credential that is judged
    // Large, and most requests have none of it.
    std::unique_ptr<session::SessionRefresh> session_;
    bool is_session_settled_ = false;
    std::optional<credential::CredentialExchange> exchange_;
    std::optional<Error> cause_;  // what was wrong with the session
};

bool lets_strangers_in(const Location& location) {
    return location.unauthenticated == Unauthenticated::pass &&
           !has_rules(location);
}

// Whether a request without a credential is sent to log in.
bool may_log_in(const Location& location, const RequestFacts& facts) {
    if (!location.methods.has(Method::authorization_code)) {
        return false;
    }
    switch (location.unauthenticated) {
        case Unauthenticated::automatic:
            return web::is_navigation(facts);
        case Unauthenticated::login:
            return facts.method == "GET" || web::is_navigation(facts);
        case Unauthenticated::deny:
        case Unauthenticated::pass:
            return false;
    }
    return false;
}

// Why a request without any credential is not let in.
Errc missing(const Location& location) {
    return location.methods.has(Method::session) ? Errc::session_missing
                                                 : Errc::credential_missing;
}

template <class Ending>
Step with(Ending ending, std::vector<std::string> set_cookies) {
    for (std::string& cookie : set_cookies) {
        ending.set_cookies.push_back(std::move(cookie));
    }
    return ending;
}

Step authorize(const RequestContext& context, const IdentityRef& identity,
               std::vector<std::string> set_cookies, Instant now) {
    if (const auto denial = session::denial_of(context, *identity, now)) {
        return with(web::refuse(context, *denial), std::move(set_cookies));
    }
    const auto unmet =
        unmet_rule(context.location, context.provider, *identity);

    if (!unmet) {
        return Allow{identity, std::move(set_cookies), std::nullopt};
    }
    return with(unmet->reason.code == Errc::scope_missing
                    ? web::refuse_scope(context, unmet->scopes)
                    : web::refuse(context, unmet->reason),
                std::move(set_cookies));
}

Step Protect::judge(Instant now) {
    static const std::vector<std::string_view> kNone;
    const auto& headers = context_.location.passes_authorization
                              ? kNone
                              : context_.facts.authorization;

    if (headers.size() > 1) {
        return web::refuse(context_, Errc::authorization_repeated);
    }
    if (!headers.empty()) {
        return judge_authorization(headers.front(), now);
    }
    if (accepts(Method::refresh_token) &&
        !context_.facts.refresh_tokens.empty()) {
        return judge_refresh_token(now);
    }
    return accepts(Method::session) ? judge_session(now)
                                    : nobody(Errc::credential_missing, now);
}

// Whether what was awaited arrived shows when the request is judged again.
Step Protect::go_on(bool arrived, Instant now) {
    if (session_ && !is_session_settled_) {
        return settle(session_->resumed(arrived, now), now);
    }
    return exchange_ ? settle(exchange_->resumed(arrived, now), now)
                     : judge(now);
}

Step Protect::judge_session(Instant now) {
    session_ = std::make_unique<session::SessionRefresh>(context_);
    is_session_settled_ = false;
    return settle(session_->begin(now), now);
}

Step Protect::judge_authorization(std::string_view header, Instant now) {
    const auto authorization = base::split_authorization(header);

    if (!authorization) {
        return web::refuse(context_, authorization.error());
    }
    switch (authorization->scheme) {
        case base::Scheme::bearer:
            return credential::asks_provider(context_.location,
                                             authorization->credentials)
                       ? judge_opaque(header, authorization->credentials, now)
                       : judge_bearer(authorization->credentials, now);
        case base::Scheme::basic:
            return judge_basic(header, authorization->credentials, now);
        case base::Scheme::other:
        case base::Scheme::none:
            break;
    }
    return web::refuse(context_, Errc::method_not_enabled);
}

Step Protect::judge_bearer(std::string_view token, Instant now) {
    if (!accepts(Method::bearer)) {
        return refuse_bearer(token, Errc::method_not_enabled);
    }
    method_ = Method::bearer;
    const auto identity = token::verify_bearer(context_, token, now);
    if (!identity) {
        if (const auto newer = call_.newer_keys(identity.error())) {
            return *newer;
        }
        const Keys keys = context_.ports.provider.keys();
        return refuse_bearer(token, unless_failing(keys, identity.error()));
    }
    if (const auto status = token::accept_bearer(context_, **identity, token);
        !status) {
        return web::refuse(context_, status.error());
    }
    return noting(authorize(context_, *identity, {}, now),
                  context_.provider.policy_id, memory::Pieces(&token, 1));
}

// A good token was not searched for invalid characters, since none can be
// decoded with one; a bad one is, so that text that is no token is reported as
// such.
Step Protect::refuse_bearer(std::string_view token, Error error) {
    return web::refuse(context_, base::is_token68(token)
                                     ? error
                                     : Error(Errc::authorization_malformed));
}

// Remembers the credential, so that the next request with it is accepted by the
// fast path.
Step Protect::noting(Step step, std::uint64_t policy_id,
                     memory::Pieces credential) {
    if (const auto* allow = std::get_if<Allow>(&step)) {
        memory::note_known(context_.ports.identities, policy_id,
                           context_.location, credential, allow->identity);
    }
    return step;
}

Step Protect::judge_basic(std::string_view header, std::string_view credentials,
                          Instant now) {
    if (const auto known =
            credential::recall_exchanged(context_, header, now)) {
        return accept(known, now);
    }
    auto basic = credential::basic_credential(context_, credentials);
    method_ = basic.method;
    return exchange(header, std::move(basic.credential), now);
}

Step Protect::judge_opaque(std::string_view header, std::string_view token,
                           Instant now) {
    method_ = credential::opaque_method(context_.provider, context_.location);
    if (!base::is_token68(token)) {
        return web::refuse(context_, Errc::authorization_malformed);
    }
    const auto known = credential::recall_exchanged(context_, header, now);

    return known ? accept(known, now)
                 : exchange(header, credential::opaque_token(context_, token),
                            now);
}

Step Protect::judge_refresh_token(Instant now) {
    const auto& tokens = context_.facts.refresh_tokens;

    method_ = Method::refresh_token;
    if (tokens.size() > 1) {
        return web::refuse(context_,
                           Error(Errc::authorization_repeated,
                                 "more than one refresh token header"));
    }
    const auto known =
        credential::recall_exchanged(context_, tokens.front(), now);
    return known ? accept(known, now)
                 : exchange(tokens.front(),
                            credential::presented_refresh_token(tokens.front()),
                            now);
}

Step Protect::exchange(
    std::string_view shown,
    base::Result<std::unique_ptr<credential::Credential>> credential,
    Instant now) {
    if (!credential) {
        return web::refuse(context_, credential.error());
    }
    exchange_.emplace(context_, shown, std::move(*credential));
    return settle(exchange_->begin(now), now);
}

// Goes on waiting, or judges who it turned out to be.
Step Protect::settle(Progress<IdentityRef> progress, Instant now) {
    if (progress.is_waiting()) {
        return as_step(std::move(progress.need()));
    }
    const auto& found = progress.result();
    if (!found) {
        return found.error().code == Errc::scope_missing
                   ? web::refuse_scope(context_, wanted_scopes())
                   : web::refuse(context_, found.error());
    }
    return accept(*found, now);
}

// What the first rule about scopes asks for.
AllOf Protect::wanted_scopes() const {
    const auto& rules = context_.location.scopes;

    return rules.empty() || rules.front().empty() ? AllOf{}
                                                  : rules.front().front();
}

Step Protect::accept(const IdentityRef& identity, Instant now) {
    const auto status = credential::accept_exchanged(context_, *identity);

    return status ? noting(authorize(context_, identity, {}, now),
                           memory::exchange_policy(context_.provider,
                                                   context_.location),
                           context_.facts.authorization)
                  : web::refuse(context_, status.error());
}

// Goes on waiting, or judges whose session it turned out to be.
Step Protect::settle(Progress<session::LoadedSession> progress, Instant now) {
    if (progress.is_waiting()) {
        return as_step(std::move(progress.need()));
    }
    is_session_settled_ = true;
    auto& session = progress.result();
    if (session || session.error().code != Errc::session_missing) {
        method_ = Method::session;
    }
    if (session) {
        session::SessionCookieKey credential(
            context_.provider, context_.facts.scheme, context_.facts.host);
        for (const std::string_view line : context_.facts.cookies) {
            credential.read(line);
        }
        if (auto seen = session::forget_finished_logins(context_)) {
            session->set_cookies.push_back(std::move(*seen));
        }
        Step step = noting(authorize(context_, session->identity,
                                     std::move(session->set_cookies), now),
                           context_.provider.policy_id, credential.pieces());
        if (auto* allow = std::get_if<Allow>(&step); allow && session->sealed) {
            auto sealed =
                std::make_shared<session::Sealed>(std::move(*session->sealed));
            allow->may_set_cookies = [&marks = context_.ports.marks,
                                      sealed](Instant later) {
                return !session::is_outdated(marks, *sealed, later);
            };
        }
        return step;
    }
    const Error error = session.error();
    if (base::outcome(error.code) != base::Outcome::unauthenticated) {
        return web::refuse(context_, error);
    }
    return nobody(error, now);  // a bad session counts as none (NO-SESSION)
}

Step Protect::nobody(Error reason, Instant now) {
    if (lets_strangers_in(context_.location)) {
        return Allow{{}, {}, reason};
    }
    if (!may_log_in(context_.location, context_.facts)) {
        return web::refuse(context_, reason);
    }
    if (web::is_prefetch(context_.facts)) {
        return web::refuse(context_, Errc::prefetch_refused);
    }
    if (login::has_login_cookie(context_.provider, context_.facts)) {
        return web::refuse(
            context_,
            Error(Errc::callback_malformed,
                  "the callback arrived at another path than redirect_uri: a "
                  "server in front must not change paths"));
    }
    if (reason.code != Errc::session_missing &&
        reason.code != Errc::credential_missing) {
        cause_ = reason;
    }
    return log_in(now);
}

// Bad cookies are removed by the navigation that logs in again, and by no other
// response: it could be late, and meet the cookie of a newer session.
Step Protect::log_in(Instant now) {
    auto metadata = call_.metadata();

    if (metadata.is_waiting()) {
        return as_step(std::move(metadata.need()));
    }
    if (!metadata.result()) {
        return web::refuse(context_, metadata.result().error());
    }
    std::vector<std::string> set_cookies;
    if (cause_) {
        set_cookies = session::remove_useless_cookies(context_, now);
    }
    Response response = login::start_login(
        context_, **metadata.result(), login::return_target(context_), 0, now);
    response.cause = cause_;
    return with(std::move(response), std::move(set_cookies));
}

}  // namespace

std::optional<Errc> refusal_of_stranger(const Location& location,
                                        const RequestFacts& facts) {
    return lets_strangers_in(location) || may_log_in(location, facts)
               ? std::nullopt
               : std::optional(missing(location));
}

Step admit(const RequestContext& context, const IdentityRef& identity,
           Instant now) {
    Step step = context.location.methods.has(Method::authorization_code)
                    ? authorize(context, identity, {}, now)
                    : web::refuse(context, Errc::method_not_enabled);
    return by_method(std::move(step), Method::authorization_code);
}

std::unique_ptr<Flow> protect(const RequestContext& context) {
    return std::make_unique<Protect>(context);
}

}  // namespace oidc::access
