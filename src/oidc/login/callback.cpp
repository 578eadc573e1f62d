// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/callback.hpp"

#include <algorithm>

#include "base/url.hpp"
#include "oidc/web/refusal.hpp"
#include "oidc/login/authorization_request.hpp"
#include "oidc/login/authorization_response.hpp"
#include "oidc/session/finished_logins.hpp"
#include "oidc/token/id_token.hpp"
#include "oidc/login/login_response.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/session/store.hpp"
#include "oidc/login/login_attempt.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/provider/userinfo.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/record.hpp"
#include "oidc/step.hpp"

namespace oidc::login {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

// Cognito may grant less than was requested without saying so (RFC 6749 5.1
// requires it): the verified access token has the granted scope.
std::string granted_scope(const Provider& provider, const jose::KeySet& keys,
                          const provider::TokenResponse& tokens) {
    if (tokens.scope) {
        return *tokens.scope;
    }
    if (provider.profile == Profile::generic) {
        return provider.scope;
    }
    jose::VerifyRule rule;
    rule.algs = provider.algs;
    auto token = jose::verify(tokens.access_token.reveal(), keys, rule);
    if (!token || !jose::check_issuer(token->claims(), provider.issuers)) {
        return "";
    }
    return std::string(token->claims().string("scope").value_or(""));
}

Step with_cookies(Step step, std::vector<std::string> set_cookies) {
    if (auto* response = std::get_if<Response>(&step)) {
        response->set_cookies = std::move(set_cookies);
    } else if (auto* allow = std::get_if<Allow>(&step)) {
        allow->set_cookies = std::move(set_cookies);
    }
    return step;
}

class Callback final : public Flow {
public:
    explicit Callback(const RequestContext& context) : c_(context) {}
    Step begin(Instant now) override;
    Step resumed(bool arrived, Instant now) override;
    Step fetched(ProviderReply reply, Instant now) override;

private:
    // The event that the flow waits for.
    enum class Stage {
        none,
        metadata_to_restart,
        metadata,
        keys,
        turn,
        token_response,
        newer_keys,
        userinfo_response
    };

    bool is_at_redirect_uri() const;
    Step judge_response(Instant now);
    Step restart(Instant now);
    Step prepare(Instant now);
    Step exchange(const Metadata&);
    Step verify(Instant now);
    Step ask_userinfo();
    Step finish(Instant now);

    Step await(Stage, Await);
    Step call(Stage, Call);
    Step take_turn(Instant now);
    void use_state(Instant now);
    bool was_ended_meanwhile(session::Record&, Instant now) const;
    Step without_attempt(Error, Instant now);
    Step used_before(Instant now);
    Step postpone(Error) const;
    Step give_up(Error) const;
    const jose::KeySet& keys() const;

    RequestContext c_;
    Stage stage_ = Stage::none;
    AuthorizationResponse response_;
    LoginAttempt attempt_;
    crypto::Digest256 state_key_{};
    provider::TokenResponse tokens_;
    std::optional<jose::Claims> claims_;
    std::string merged_claims_;
    std::string userinfo_;
    bool keys_are_new_ = false;
    jose::KeySet no_keys_;
};

Step Callback::begin(Instant now) {
    // HEAD, OPTIONS and a form_post neither log in nor use the state up.
    if (c_.facts.method != "GET") {
        return web::refuse_login(c_, Errc::method_not_allowed);
    }
    auto response = parse_authorization_response(c_.facts.query);
    if (!response) {
        return web::refuse_login(c_, response.error());
    }
    response_ = std::move(*response);
    auto attempt = find_attempt(c_, response_.state);
    if (!attempt) {
        return without_attempt(attempt.error(), now);
    }
    attempt_ = std::move(*attempt);
    state_key_ = crypto::sha256(attempt_.state);
    return judge_response(now);
}

// A browser that goes back to the callback after a login is redirected to the
// application; without a session, the state is refused.
Step Callback::without_attempt(Error error, Instant now) {
    if (auto session = session::load_session(c_, now)) {
        Response response = web::redirect(base::SameOriginUri::root().text());
        response.set_cookies = std::move(session->set_cookies);
        return response;
    }
    return web::refuse_login(c_, error);
}

// RFC 9700 4.4.2: the response must arrive at the redirect_uri of its attempt,
// or at another one of the same provider, as behind a proxy that removes a
// prefix.
bool Callback::is_at_redirect_uri() const {
    const auto& own = c_.provider.redirect_uris;
    const auto sent = base::Url::parse(attempt_.redirect_uri);
    return (sent && sent->path == c_.facts.path) ||
           std::any_of(own.begin(), own.end(), [&](const OwnAddress& address) {
               return address.path == c_.facts.path;
           });
}

// A response that cannot make a session uses no state up: anyone may send
// them, and the table of used states would be theirs to fill.
Step Callback::judge_response(Instant now) {
    if (!is_at_redirect_uri()) {
        return give_up(Error(Errc::callback_iss_mismatch,
                             "the response arrived at a redirect_uri of "
                             "another provider"));
    }
    if (attempt_.issuer != c_.provider.issuer ||
        (response_.iss && *response_.iss != attempt_.issuer)) {
        return give_up(Errc::callback_iss_mismatch);
    }
    if (response_.error) {
        return give_up(*response_.error);
    }
    if (is_expired(attempt_, c_.provider, now)) {
        return restart(now);
    }
    return prepare(now);
}

// The user took too long: the login starts again with the same target.
Step Callback::restart(Instant now) {
    const Metadata* metadata = c_.ports.metadata(c_.provider);
    if (!metadata) {
        return await(Stage::metadata_to_restart, {Await::What::metadata});
    }
    Response response =
        start_login(c_, *metadata, attempt_.target, attempt_.round + 1, now);
    response.set_cookies.insert(response.set_cookies.begin(),
                                forget_attempt(c_, attempt_.state));
    return response;
}

// All that is needed later is there before the code is spent.
Step Callback::prepare(Instant now) {
    const Metadata* metadata = c_.ports.metadata(c_.provider);
    if (!metadata) {
        return await(Stage::metadata, {Await::What::metadata});
    }
    if (needs_keys(c_.provider) && !c_.ports.keys(c_.provider).set) {
        return await(Stage::keys, {Await::What::keys});
    }
    if (metadata->iss_in_response && !response_.iss) {
        return give_up(Error(Errc::callback_iss_mismatch,
                             "the callback lacks the iss that the provider "
                             "promised (RFC 9207)"));
    }
    if (metadata->endpoints.token.empty()) {
        return postpone(Error(Errc::endpoint_missing,
                              "the provider has no token_endpoint"));
    }
    return take_turn(now);
}

// One request at a time for one state, over all workers, and none once its
// code was accepted.
Step Callback::take_turn(Instant now) {
    if (c_.ports.is_state_used(state_key_, now)) {
        return used_before(now);
    }
    return await(
        Stage::turn,
        {.what = Await::What::flight, .turn = state_key_, .only_try = true});
}

Step Callback::exchange(const Metadata& metadata) {
    return call(Stage::token_response,
                provider::code_request(c_.provider, metadata, response_.code,
                                       attempt_.redirect_uri,
                                       c_.provider.pkce
                                           ? attempt_.code_verifier.reveal()
                                           : std::string_view()));
}

Step Callback::resumed(bool arrived, Instant now) {
    const Stage stage = std::exchange(stage_, Stage::none);
    const bool has_metadata = c_.ports.metadata(c_.provider) != nullptr;
    const bool has_keys = c_.ports.keys(c_.provider).set != nullptr;
    switch (stage) {
        case Stage::metadata_to_restart:
            return arrived && has_metadata ? restart(now)
                                           : postpone(Errc::idp_unreachable);
        case Stage::metadata:
            return arrived && has_metadata ? prepare(now)
                                           : postpone(Errc::idp_unreachable);
        case Stage::keys:
            return arrived && has_keys ? prepare(now)
                                       : postpone(Errc::keys_unavailable);
        case Stage::turn:
            return arrived && has_metadata &&
                           !c_.ports.is_state_used(state_key_, now)
                       ? exchange(*c_.ports.metadata(c_.provider))
                       : used_before(now);
        case Stage::newer_keys:
            keys_are_new_ = true;
            return verify(now);
        case Stage::none:
        case Stage::token_response:
        case Stage::userinfo_response:
            break;
    }
    return give_up(Errc::internal_error);
}

Step Callback::fetched(ProviderReply reply, Instant now) {
    const Stage stage = std::exchange(stage_, Stage::none);
    if (stage == Stage::token_response) {
        auto tokens = provider::parse_token_response(reply, now);
        if (!tokens) {
            c_.ports.end_flight(state_key_);
            return tokens.error().code == Errc::call_limit_reached
                       ? postpone(tokens.error())
                       : give_up(tokens.error());
        }
        use_state(now);
        tokens_ = std::move(*tokens);
        return tokens_.id_token.empty() ? give_up(Errc::id_token_missing)
                                        : verify(now);
    }
    if (stage == Stage::userinfo_response) {
        auto userinfo =
            provider::read_userinfo(reply, claims_->string("sub").value_or(""));
        if (!userinfo) {
            return give_up(userinfo.error());
        }
        userinfo_ = userinfo->text();
        merged_claims_ =
            provider::merge_claims(*claims_, *userinfo, c_.provider.profile);
        return finish(now);
    }
    return give_up(Errc::internal_error);
}

// The keys may have changed since ours were read: they are looked up once more.
Step Callback::verify(Instant now) {
    auto claims = token::verify_id_token(
        tokens_.id_token.reveal(), keys(), c_.provider,
        {attempt_.nonce, tokens_.access_token.reveal()}, now);
    if (claims) {
        claims_ = std::move(*claims);
        merged_claims_ = claims_->text();
        return c_.provider.userinfo ? ask_userinfo() : finish(now);
    }
    if (claims.error().code == Errc::unknown_kid && !keys_are_new_) {
        return await(
            Stage::newer_keys,
            {Await::What::keys, c_.ports.keys(c_.provider).generation});
    }
    return give_up(unless_failing(c_.ports.keys(c_.provider), claims.error()));
}

Step Callback::ask_userinfo() {
    const Metadata* metadata = c_.ports.metadata(c_.provider);
    if (!metadata || metadata->endpoints.userinfo.empty()) {
        return give_up(Error(Errc::endpoint_missing,
                             "the provider has no userinfo_endpoint"));
    }
    Call ask = provider::userinfo_request(*metadata, tokens_.access_token);
    ask.of_session = true;  // the code is spent
    return call(Stage::userinfo_response, std::move(ask));
}

Step Callback::finish(Instant now) {
    session::Record record;
    record.provider = c_.provider.name;
    record.issuer = claims_->string("iss").value_or("");
    record.sid = claims_->string("sid").value_or("");
    record.claims = std::move(merged_claims_);
    record.userinfo = std::move(userinfo_);
    record.scope = granted_scope(c_.provider, keys(), tokens_);
    record.id_token = std::move(tokens_.id_token);
    record.access_token = std::move(tokens_.access_token);
    record.refresh_token = std::move(tokens_.refresh_token);
    if (was_ended_meanwhile(record, now)) {
        return restart(now);
    }
    record.created = record.last_used = now;
    record.expires = base::saturating_add(now, c_.provider.session_timeout);
    record.access_issued = now;
    record.access_expires = tokens_.access_expires;

    auto cookies = session::save_session(c_, record, now);
    if (!cookies) {
        return give_up(cookies.error());
    }
    auto count =
        session::remember_finished_logins(c_, attempt_.finished + 1, now);
    if (!count) {
        return give_up(count.error());
    }
    auto end = make_login_response(c_, attempt_.target, record, now);
    if (!end) {
        return give_up(end.error());
    }
    cookies->push_back(forget_attempt(c_, attempt_.state));
    cookies->push_back(std::move(*count));
    return with_cookies(std::move(*end), std::move(*cookies));
}

// A logout after the login began may be about the very session at the provider
// that gave us the code: then there is nothing to log in by.
bool Callback::was_ended_meanwhile(session::Record& record, Instant now) const {
    record.created = base::saturating_add(attempt_.created, base::Seconds{1});
    return session::is_ended(c_, record, now);
}

Step Callback::await(Stage stage, Await what) {
    stage_ = stage;
    return what;
}

Step Callback::call(Stage stage, Call what) {
    stage_ = stage;
    return what;
}

// Stores the state for as long as its cookie can come back. The provider
// accepts a code once, and only with the verifier of its attempt: before it has
// accepted this one there is nothing to store, and any client could cause an
// entry.
void Callback::use_state(Instant now) {
    c_.ports.note_state(
        state_key_, now,
        base::saturating_add(attempt_.created, c_.provider.login_timeout));
    c_.ports.end_flight(state_key_);
}

Step Callback::used_before(Instant now) {
    if (auto session = session::load_session(c_, now)) {
        Response response = web::redirect(attempt_.target.text());
        response.set_cookies = std::move(session->set_cookies);
        return response;
    }
    return give_up(Errc::state_used);
}

// The state remains valid, so a later request for the same address can succeed.
Step Callback::postpone(Error error) const {
    return web::refuse_login(c_, error, attempt_.target.text());
}

Step Callback::give_up(Error error) const {
    Response response = web::refuse_login(c_, error, attempt_.target.text());
    response.set_cookies.push_back(forget_attempt(c_, attempt_.state));
    return response;
}

const jose::KeySet& Callback::keys() const {
    const Keys known = c_.ports.keys(c_.provider);
    return known.set ? *known.set : no_keys_;
}

}  // namespace

std::unique_ptr<Flow> callback(const RequestContext& context) {
    return std::make_unique<Callback>(context);
}

}  // namespace oidc::login
