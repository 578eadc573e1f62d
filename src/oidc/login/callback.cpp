// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/callback.hpp"

#include <algorithm>

#include "base/url.hpp"
#include "oidc/login/authorization_request.hpp"
#include "oidc/login/authorization_response.hpp"
#include "oidc/login/login_attempt.hpp"
#include "oidc/login/login_response.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/provider_call.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/provider/userinfo.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/finished_logins.hpp"
#include "oidc/session/record.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/step.hpp"
#include "oidc/token/id_token.hpp"
#include "oidc/web/refusal.hpp"

namespace oidc::login {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

constexpr std::size_t kSessionIdBytes = 16;

// Cognito may grant less than was requested without saying so (RFC 6749 5.1
// requires it): the verified access token has the granted scope.
std::string granted_scope(const Provider& provider, const jose::KeySet& keys,
                          const provider::TokenResponse& tokens) {
    if (tokens.scope) {
        return *tokens.scope;
    }
    if (!traits(provider.profile).has_token_use) {
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

Step by_code(Step step) {
    if (auto* response = std::get_if<Response>(&step)) {
        response->method = Method::authorization_code;
    }
    return step;
}

class Callback final : public Flow {
public:
    explicit Callback(const RequestContext& context)
        : c_(context), call_(context) {}
    Step begin(Instant now) override { return by_code(start(now)); }
    Step resumed(bool arrived, Instant now) override {
        call_.resumed(arrived);
        return by_code(go_on(now));
    }
    Fetched fetched(ProviderReply reply, Instant now) override {
        Step step = read(reply, now);
        return {by_code(std::move(step)), call_.outcome()};
    }

private:
    // Where to continue after a wait, or what a reply belongs to.
    enum class Stage {
        without_attempt,
        expired,
        restart,
        prepare,
        used_before,
        token_response,
        verify,
        userinfo_response,
        save
    };

    Step start(Instant now);
    Step go_on(Instant now);
    bool is_at_redirect_uri() const;
    Step judge_response(Instant now);
    Step restart_expired(Instant now);
    Step restart(Instant now);
    Step prepare(Instant now);
    Step spend_code(const Metadata&, Instant now);
    Step read(const ProviderReply&, Instant now);
    Step read_tokens(const ProviderReply&, Instant now);
    Step verify(Instant now);
    Step ask_userinfo();
    Step read_userinfo(const ProviderReply&, Instant now);
    Step finish(Instant now);
    Step save(Instant now);

    Step wait(Stage, Need);
    void use_state(Instant now);
    bool was_ended_meanwhile(session::Record&, Instant now) const;
    Step without_attempt(Instant now);
    Step used_before(Instant now);
    Step postpone(Error) const;
    Step give_up(Error) const;
    const jose::KeySet& keys() const;

    RequestContext c_;
    provider::ProviderCall call_;
    Stage stage_ = Stage::prepare;
    Error refusal_{Errc::state_used};
    AuthorizationResponse response_;
    LoginAttempt attempt_;
    crypto::Digest256 state_key_{};
    provider::TokenResponse tokens_;
    std::optional<jose::Claims> claims_;
    std::string merged_claims_;
    std::string userinfo_;
    session::Record record_;
    jose::KeySet no_keys_;
};

Step Callback::start(Instant now) {
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
        refusal_ = attempt.error();
        return without_attempt(now);
    }
    attempt_ = std::move(*attempt);
    state_key_ = crypto::sha256(attempt_.state);
    return judge_response(now);
}

// A browser that goes back to the callback after a login is redirected to the
// application; without a session, the state is refused.
Step Callback::without_attempt(Instant now) {
    auto loading = session::load_session(c_, now);
    if (loading.is_waiting()) {
        return wait(Stage::without_attempt, std::move(loading.need()));
    }
    auto& session = loading.result();
    if (!session) {
        return web::refuse_login(c_, refusal_);
    }
    Response response = web::redirect(base::SameOriginUri::root().text());
    response.set_cookies = std::move(session->set_cookies);
    return response;
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
    if (response_.is_expired) {
        return restart_expired(now);
    }
    if (response_.error) {
        return give_up(*response_.error);
    }
    if (is_expired(attempt_, c_.provider, now)) {
        return restart(now);
    }
    return prepare(now);
}

// The user may have logged in at another tab, which ended this attempt.
Step Callback::restart_expired(Instant now) {
    auto loading = session::load_session(c_, now);
    if (loading.is_waiting()) {
        return wait(Stage::expired, std::move(loading.need()));
    }
    auto& session = loading.result();
    if (!session) {
        return restart(now);
    }
    Response response = web::redirect(attempt_.target.text());
    response.set_cookies = std::move(session->set_cookies);
    response.set_cookies.push_back(forget_attempt(c_, attempt_.state));
    return response;
}

// The user took too long: the login starts again with the same target.
Step Callback::restart(Instant now) {
    auto metadata = call_.metadata();
    if (metadata.is_waiting()) {
        return wait(Stage::restart, std::move(metadata.need()));
    }
    if (!metadata.result()) {
        return postpone(metadata.result().error());
    }
    Response response = start_login(c_, **metadata.result(), attempt_.target,
                                    attempt_.round + 1, now);
    response.set_cookies.insert(response.set_cookies.begin(),
                                forget_attempt(c_, attempt_.state));
    return response;
}

// All that is needed later is there before the code is spent.
Step Callback::prepare(Instant now) {
    if (const auto ready = session::store_of(c_.provider).is_ready(c_);
        !ready) {
        return postpone(ready.error());
    }
    auto metadata = call_.metadata();
    if (metadata.is_waiting()) {
        return wait(Stage::prepare, std::move(metadata.need()));
    }
    if (!metadata.result()) {
        return postpone(metadata.result().error());
    }
    auto keys = call_.keys();
    if (keys.is_waiting()) {
        return wait(Stage::prepare, std::move(keys.need()));
    }
    if (!keys.result()) {
        return postpone(keys.result().error());
    }
    const Metadata& provider = **metadata.result();
    if (provider.iss_in_response && !response_.iss) {
        return give_up(Error(Errc::callback_iss_mismatch,
                             "the callback lacks the iss that the provider "
                             "promised (RFC 9207)"));
    }
    if (provider.endpoints.token.empty()) {
        return postpone(Error(Errc::endpoint_missing,
                              "the provider has no token_endpoint"));
    }
    return spend_code(provider, now);
}

// One request at a time for one state, over all workers, and none once its
// code was accepted.
Step Callback::spend_code(const Metadata& metadata, Instant now) {
    if (c_.ports.marks.is_state_used(state_key_, now)) {
        return used_before(now);
    }
    auto flight = call_.take_flight({.name = state_key_, .only_try = true});
    if (flight.is_waiting()) {
        return wait(Stage::prepare, std::move(flight.need()));
    }
    if (!flight.result() || !*flight.result()) {
        return used_before(now);
    }
    auto call = provider::code_request(
        c_, metadata, response_.code, attempt_.redirect_uri,
        c_.provider.pkce ? attempt_.code_verifier.reveal() : std::string_view(),
        now);
    return call ? wait(Stage::token_response, std::move(*call))
                : postpone(call.error());
}

Step Callback::go_on(Instant now) {
    switch (stage_) {
        case Stage::without_attempt:
            return without_attempt(now);
        case Stage::expired:
            return restart_expired(now);
        case Stage::restart:
            return restart(now);
        case Stage::prepare:
            return prepare(now);
        case Stage::used_before:
            return used_before(now);
        case Stage::verify:
            return verify(now);
        case Stage::save:
            return save(now);
        case Stage::token_response:
        case Stage::userinfo_response:
            break;
    }
    stage_ = Stage::prepare;  // a reply that comes now is not read
    return give_up(Errc::internal_error);
}

// Each call has one reply.
Step Callback::read(const ProviderReply& reply, Instant now) {
    const Stage stage = std::exchange(stage_, Stage::prepare);

    if (stage == Stage::token_response) {
        return read_tokens(reply, now);
    }
    return stage == Stage::userinfo_response ? read_userinfo(reply, now)
                                             : give_up(Errc::internal_error);
}

Step Callback::read_tokens(const ProviderReply& reply, Instant now) {
    auto tokens = provider::parse_token_response(reply, now);
    if (!tokens) {
        call_.note(reply, tokens.error().code);
        call_.end_flight();
        return tokens.error().code == Errc::call_limit_reached ||
                       tokens.error().code == Errc::call_rate_reached
                   ? postpone(tokens.error())
                   : give_up(tokens.error());
    }
    call_.note(reply, std::nullopt);
    use_state(now);
    tokens_ = std::move(*tokens);
    return tokens_.id_token.empty() ? give_up(Errc::id_token_missing)
                                    : verify(now);
}

Step Callback::read_userinfo(const ProviderReply& reply, Instant now) {
    auto userinfo =
        provider::read_userinfo(reply, claims_->string("sub").value_or(""));
    if (!userinfo) {
        call_.note(reply, userinfo.error().code);
        return give_up(userinfo.error());
    }
    call_.note(reply, std::nullopt);
    userinfo_ = userinfo->text();
    merged_claims_ =
        provider::merge_claims(*claims_, *userinfo, c_.provider.profile);
    return finish(now);
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
    if (const auto newer = call_.newer_keys(claims.error())) {
        return wait(Stage::verify, *newer);
    }
    return give_up(unless_failing(c_.ports.provider.keys(), claims.error()));
}

Step Callback::ask_userinfo() {
    const Metadata* metadata = c_.ports.provider.metadata();
    if (!metadata || metadata->endpoints.userinfo.empty()) {
        return give_up(Error(Errc::endpoint_missing,
                             "the provider has no userinfo_endpoint"));
    }
    Call ask = provider::userinfo_request(*metadata, tokens_.access_token);
    ask.of_session = true;  // the code is spent
    return wait(Stage::userinfo_response, std::move(ask));
}

Step Callback::finish(Instant now) {
    auto id = c_.ports.random.bytes(kSessionIdBytes);
    if (!id) {
        return give_up(id.error());
    }
    record_.id = std::move(*id);
    record_.provider = c_.provider.name;
    record_.issuer = claims_->string("iss").value_or("");
    record_.sid = claims_->string("sid").value_or("");
    record_.claims = std::move(merged_claims_);
    record_.userinfo = std::move(userinfo_);
    record_.scope = granted_scope(c_.provider, keys(), tokens_);
    record_.id_token = std::move(tokens_.id_token);
    record_.access_token = std::move(tokens_.access_token);
    record_.refresh_token = std::move(tokens_.refresh_token);
    if (was_ended_meanwhile(record_, now)) {
        return restart(now);
    }
    record_.created = record_.last_used = now;
    record_.expires = base::saturating_add(now, c_.provider.session_timeout);
    record_.access_issued = now;
    record_.access_expires = tokens_.access_expires;
    return save(now);
}

Step Callback::save(Instant now) {
    auto saving = session::save_session(c_, record_, now);
    if (saving.is_waiting()) {
        return wait(Stage::save, std::move(saving.need()));
    }
    auto& cookies = saving.result();
    if (!cookies) {
        return give_up(cookies.error());
    }
    auto count =
        session::remember_finished_logins(c_, attempt_.finished + 1, now);
    if (!count) {
        return give_up(count.error());
    }
    auto end = make_login_response(c_, attempt_.target, record_, now);
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

Step Callback::wait(Stage stage, Need need) {
    stage_ = stage;
    return as_step(std::move(need));
}

// Stores the state for as long as its cookie can come back. The provider
// accepts a code once, and only with the verifier of its attempt: before it has
// accepted this one there is nothing to store, and any client could cause an
// entry.
void Callback::use_state(Instant now) {
    c_.ports.marks.note_state(
        state_key_, now,
        base::saturating_add(attempt_.created, c_.provider.login_timeout));
    call_.end_flight();
}

Step Callback::used_before(Instant now) {
    auto loading = session::load_session(c_, now);
    if (loading.is_waiting()) {
        return wait(Stage::used_before, std::move(loading.need()));
    }
    auto& session = loading.result();
    if (!session) {
        return give_up(Errc::state_used);
    }
    Response response = web::redirect(attempt_.target.text());
    response.set_cookies = std::move(session->set_cookies);
    return response;
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
    const Keys known = c_.ports.provider.keys();
    return known.set ? *known.set : no_keys_;
}

}  // namespace

std::unique_ptr<Flow> callback(const RequestContext& context) {
    return std::make_unique<Callback>(context);
}

}  // namespace oidc::login
