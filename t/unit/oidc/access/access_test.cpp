// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oidc/login_story.hpp"
#include "oidc/session_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"
#include "oidc/access/access.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kRealm = "Bearer realm=\"idp.example\"";

// Somebody asks for a protected page.
class ProtectStory : public SessionStory {
public:
    using SessionStory::SessionStory;

    Step ask() { return ask(request()); }
    Step ask(Request r) {
        flow_.reset();  // it refers to the visit
        visit_ = std::make_unique<Visit>(*this, std::move(r));
        flow_ = access::protect(visit_->context());
        return keep(flow_->begin(now));
    }
    Step resume(bool arrived) { return keep(flow_->resumed(arrived, now)); }
    Step fetched() { return keep(flow_->fetched(json_reply("{}"), now).step); }

    Request api() { return Visit::with_cookies(*this, Request::fetch("/api")); }
    Request with_authorization(std::string field) {
        Request r = api();
        r.authorization = {std::move(field)};
        return r;
    }
    Request bearer(const Payload& claims) {
        return with_authorization("Bearer " +
                                  SigningKey::ours().token(claims.text()));
    }
    Payload claims() const {
        Payload c;
        c.set("iss", json_string(kIssuer))
            .set("client_id", json_string(kClient))
            .set("sub", json_string("robot"))
            .set("scope", json_string("read"))
            .set("exp", number(now + Seconds{600}));
        return c;
    }
    std::string user_of(const Step& step) {
        const auto* allow = as<Allow>(step);
        return allow && allow->identity ? allow->identity->user : "";
    }

private:
    Step keep(Step step) {
        if (const auto* answer = as<Response>(step)) {
            jar.take(answer->set_cookies);
        }
        if (const auto* allow = as<Allow>(step)) {
            jar.take(allow->set_cookies);
        }
        return step;
    }

    std::unique_ptr<Visit> visit_;
    std::unique_ptr<Flow> flow_;
};

const Response& answer_of(const Step& step) {
    const auto* answer = as<Response>(step);
    EXPECT_TRUE(answer);
    static const Response none;
    return answer ? *answer : none;
}

TEST(Access, NavigationIsRedirectedToLogin) {
    ProtectStory s;
    const Step step = s.ask();

    EXPECT_EQ(summary(step), "302");
    EXPECT_THAT(answer_of(step).location,
                HasSubstr("https://idp.example/oauth2/authorize?"));
    EXPECT_EQ(s.jar.size(), 1u) << "one login cookie";
}

TEST(Access, OtherRequestIs401WithAChallenge) {  // AC-261
    ProtectStory s;
    for (Request request : {Request::fetch("/api"), Request::plain("/api")}) {
        const Step step = s.ask(std::move(request));
        EXPECT_EQ(summary(step), "401 session_missing");
        EXPECT_EQ(answer_of(step).www_authenticate, kRealm);
        EXPECT_THAT(answer_of(step).set_cookies, IsEmpty()) << "AC-187";
    }
    Request websocket = s.request();
    websocket.upgrade = "websocket";
    websocket.sec_fetch_mode = "websocket";
    EXPECT_EQ(summary(s.ask(websocket)), "401 session_missing");
    Request frame = s.request();
    frame.sec_fetch_dest = "iframe";  // AC-262
    EXPECT_EQ(summary(s.ask(frame)), "401 session_missing");
}

TEST(Access, OnlyGetAndHeadStartALogin) {  // AC-254
    ProtectStory s;
    for (const char* method :
         {"POST", "PUT", "OPTIONS", "DELETE", "get", "TRACE", "CONNECT"}) {
        Request request = s.request();
        request.method = method;
        EXPECT_EQ(summary(s.ask(request)), "401 session_missing") << method;
        s.location.unauthenticated = Unauthenticated::login;
        EXPECT_EQ(summary(s.ask(request)), "401 session_missing") << method;
        s.location.unauthenticated = Unauthenticated::automatic;
    }
    Request head = s.request();
    head.method = "HEAD";
    EXPECT_EQ(summary(s.ask(head)), "302");
}

TEST(Access, PrefetchStartsNoLogin) {  // AC-131
    ProtectStory s;
    Request request = s.request();
    request.sec_purpose = "prefetch;prerender";
    const Step step = s.ask(request);

    EXPECT_EQ(summary(step), "401 prefetch_refused");
    EXPECT_EQ(s.jar.size(), 0u);
    s.save();
    request = s.request();
    request.sec_purpose = "prefetch";
    EXPECT_EQ(summary(s.ask(request)), "allow") << "with a session it may";
}

TEST(Access, UnauthenticatedLoginRedirectsEveryGet) {
    ProtectStory s;
    s.location.unauthenticated = Unauthenticated::login;
    EXPECT_EQ(summary(s.ask(s.api())), "302");
}

TEST(Access, Unauthenticated401RedirectsNoRequest) {
    ProtectStory s;
    s.location.unauthenticated = Unauthenticated::deny;
    const Step step = s.ask();
    EXPECT_EQ(summary(step), "401 session_missing");
    EXPECT_EQ(answer_of(step).www_authenticate, kRealm);
    EXPECT_EQ(s.jar.size(), 0u);

    ProtectStory without_code;
    without_code.location.methods = MethodSet().add(Method::bearer);
    EXPECT_EQ(summary(without_code.ask()), "401 credential_missing");
    without_code.location.unauthenticated = Unauthenticated::login;
    EXPECT_EQ(summary(without_code.ask()), "401 credential_missing");
}

TEST(Access, NoMethodsAcceptNoCredential) {  // AC-256
    ProtectStory s;
    s.location.methods = MethodSet();
    s.save();
    EXPECT_EQ(summary(s.ask()), "401 credential_missing");
    EXPECT_EQ(summary(s.ask(s.bearer(s.claims()))), "401 method_not_enabled");
}

TEST(Access, UnauthenticatedPassHasNoIdentity) {
    ProtectStory s;
    s.location.unauthenticated = Unauthenticated::pass;
    const Step step = s.ask();
    ASSERT_EQ(summary(step), "allow");
    EXPECT_FALSE(as<Allow>(step)->identity);
    EXPECT_EQ(as<Allow>(step)->reason->code, base::Errc::session_missing);

    s.save();
    EXPECT_EQ(s.user_of(s.ask()), "alice");
}

TEST(Access, UnauthenticatedPassRefusesBadCredentials) {
    ProtectStory s;
    s.location.unauthenticated = Unauthenticated::pass;
    EXPECT_EQ(summary(s.ask(s.with_authorization("Bearer x"))),
              "401 token_malformed");
    EXPECT_EQ(summary(s.ask(s.with_authorization(""))),
              "400 authorization_malformed");
}

TEST(Access, UnauthenticatedPassWithRulesNeedsAnIdentity) {  // AC-103
    ProtectStory s;
    s.location.unauthenticated = Unauthenticated::pass;
    s.location.scopes = {{{"openid"}}};
    EXPECT_EQ(summary(s.ask()), "401 session_missing");
    s.save();
    EXPECT_EQ(s.user_of(s.ask()), "alice");
}

TEST(Access, SessionIsAccepted) {
    ProtectStory s;
    s.save();
    EXPECT_EQ(s.user_of(s.ask()), "alice");
    EXPECT_EQ(s.user_of(s.ask(s.api())), "alice");
    s.location.methods = MethodSet().add(Method::bearer);
    EXPECT_EQ(summary(s.ask(s.api())), "401 credential_missing")
        << "where sessions count";
}

TEST(Access, InvalidSessionIsIgnored) {  // AC-171, NO-SESSION
    ProtectStory s;
    s.save();
    const std::string name = s.jar.cookies().at(0).name;
    s.jar.cookies().at(0).value = "rubbish";

    const Step to_login = s.ask();
    EXPECT_EQ(summary(to_login), "302");
    EXPECT_THAT(answer_of(to_login).set_cookies,
                testing::Contains(HasSubstr(name + "=;")));
    EXPECT_EQ(s.jar.size(), 1u) << "the login's";

    s.jar.take(name + "=rubbish; Path=/");
    const Step to_api = s.ask(s.api());
    EXPECT_EQ(summary(to_api), "401 session_invalid");
    EXPECT_EQ(answer_of(to_api).www_authenticate, kRealm);
    EXPECT_THAT(answer_of(to_api).set_cookies, IsEmpty());
}

TEST(Access, LostStoreStartsALogin) {  // AC-197
    ProtectStory s;
    s.save();
    s.ask();
    s.ports.sessions.clear();
    EXPECT_EQ(summary(s.ask(s.api())), "401 session_expired");
    s.save();
    s.ports.sessions.clear();
    EXPECT_EQ(summary(s.ask()), "302");
}

TEST(Access, SlidingCookieIsSent) {  // AC-194
    ProtectStory s(SessionStory::in_cookies());
    s.save();
    s.now += s.provider.session_idle_timeout / 2;
    const Step step = s.ask();
    ASSERT_EQ(summary(step), "allow");
    EXPECT_EQ(as<Allow>(step)->set_cookies.size(), 1u);

    s.now += s.provider.session_idle_timeout / 2;
    s.location.groups = {{{"admin"}}};
    const Step denied = s.ask();
    EXPECT_EQ(summary(denied), "403 group_missing");
    EXPECT_EQ(answer_of(denied).set_cookies.size(), 1u);
}

TEST(Access, RuleNotMetIs403) {  // AC-263
    ProtectStory s;
    s.save();
    s.location.scopes = {{{"openid", "admin"}}};
    const Step step = s.ask();

    EXPECT_EQ(summary(step), "403 scope_missing") << "and no login loop";
    EXPECT_THAT(answer_of(step).www_authenticate,
                HasSubstr("scope=\"openid admin\""));
    EXPECT_EQ(summary(s.ask(s.bearer(s.claims()))), "403 scope_missing");

    s.location.scopes = {{{"read"}}};
    EXPECT_EQ(s.user_of(s.ask(s.bearer(s.claims()))), "robot");
    s.location.claims = {{{"tier", {}}, {{"gold"}}}};
    EXPECT_EQ(summary(s.ask(s.bearer(s.claims()))), "403 claim_mismatch");
    s.location.claims = {};
    s.location.audience = {"https://api.example"};
    EXPECT_EQ(
        summary(s.ask(s.bearer(s.claims().set("aud", json_string(kClient))))),
        "403 audience_not_met");
}

TEST(Access, BearerTokenIsAccepted) {
    ProtectStory s;
    EXPECT_EQ(s.user_of(s.ask(s.bearer(s.claims()))), "robot");
    Request lower = s.bearer(s.claims());
    lower.authorization[0].replace(0, 6, "bEARER");  // AC-294
    EXPECT_EQ(s.user_of(s.ask(lower)), "robot");
}

TEST(Access, InvalidBearerTokenIs401AndNotRedirected) {  // AC-297
    ProtectStory s;
    Request request = s.request();  // a person's, HTML and all
    request.authorization = {"Bearer invalid_token"};
    const Step step = s.ask(request);

    EXPECT_EQ(summary(step), "401 token_malformed");
    EXPECT_THAT(answer_of(step).www_authenticate,
                HasSubstr("error=\"invalid_token\""));
    EXPECT_THAT(answer_of(step).www_authenticate,
                Not(HasSubstr("invalid_token\", x")));
    EXPECT_EQ(s.jar.size(), 0u);
}

TEST(Access, AuthorizationHeaderTakesPrecedence) {  // AC-298
    ProtectStory s;
    s.save();
    EXPECT_EQ(summary(s.ask(s.with_authorization("Bearer invalid_token"))),
              "401 token_malformed");
    EXPECT_EQ(summary(s.ask(s.with_authorization("Basic MTox"))),
              "401 method_not_enabled");
    EXPECT_EQ(summary(s.ask(s.with_authorization("Digest x=y"))),
              "401 method_not_enabled");
    EXPECT_EQ(s.user_of(s.ask(s.bearer(s.claims()))), "robot");

    s.location.methods =
        MethodSet().add(Method::session).add(Method::authorization_code);
    EXPECT_EQ(summary(s.ask(s.bearer(s.claims()))), "401 method_not_enabled");
    EXPECT_EQ(s.jar.size(), 1u) << "the session is left alone";
}

TEST(Access, BearerTokenBesideAnInvalidSessionIsAccepted) {  // AC-298
    ProtectStory s;
    s.jar.take("__Host-NGX_OIDC_SESSION=rubbish; Path=/");
    EXPECT_EQ(s.user_of(s.ask(s.bearer(s.claims()))), "robot");
}

TEST(Access, MalformedHeadersAre400) {  // AC-294
    ProtectStory s;
    s.save();
    for (const char* field :
         {"", " ", "Bearer", "Bearer ", "Bearer x  y", "Bearer x y",
          "Bearer x,Bearer y", "Bearer\tx", "Bearer x\"", ","}) {
        const Step step = s.ask(s.with_authorization(field));
        EXPECT_EQ(answer_of(step).status, 400u) << field;
        EXPECT_THAT(answer_of(step).www_authenticate,
                    HasSubstr("error=\"invalid_request\""))
            << field;
    }
    EXPECT_EQ(answer_of(s.ask(s.with_authorization("Bearerx y"))).status, 401u)
        << "some other scheme";
}

TEST(Access, TwoHeadersAre400) {  // AC-294
    ProtectStory s;
    Request request = s.bearer(s.claims());
    request.authorization.push_back(request.authorization[0]);
    EXPECT_EQ(summary(s.ask(request)), "400 authorization_repeated");
    request.authorization = {"", ""};
    EXPECT_EQ(summary(s.ask(request)), "400 authorization_repeated");
}

TEST(Access, TokenInTheQueryIsIgnored) {  // AC-295, AC-296
    ProtectStory s;
    Request request = s.api();
    request.uri =
        "/api?access_token=" + SigningKey::ours().token(s.claims().text());
    EXPECT_EQ(summary(s.ask(request)), "401 session_missing");
}

TEST(Access, WaitsForKeysOnce) {  // AC-152
    ProtectStory s;
    s.ports.known_keys.reset();
    const Step step = s.ask(s.bearer(s.claims()));
    ASSERT_EQ(summary(step), "await");
    EXPECT_EQ(as<Await>(step)->what, Await::What::keys);
    EXPECT_EQ(as<Await>(step)->newer_than, 0u);

    s.ports.known_keys = World::key_set(SigningKey::ours().jwks());
    EXPECT_EQ(s.user_of(s.resume(true)), "robot");
}

TEST(Access, MissingKeysAcceptNoToken) {  // AC-152
    ProtectStory s;
    s.ports.known_keys.reset();
    s.ask(s.bearer(s.claims()));
    const Step step = s.resume(false);

    EXPECT_EQ(summary(step), "503 keys_unavailable");
    EXPECT_TRUE(answer_of(step).retry_after);
    s.ask(s.bearer(s.claims()));
    EXPECT_EQ(summary(s.resume(true)), "503 keys_unavailable")
        << "whatever the shell says";
}

TEST(Access, UnknownKidFetchesKeysOnce) {  // AC-150, AC-151
    ProtectStory s;
    s.ports.keys_generation = 7;
    s.ports.known_keys =
        World::key_set(R"({"keys":[)" + SigningKey::other().jwk("old") + "]}");
    const Step step = s.ask(s.bearer(s.claims()));
    ASSERT_EQ(summary(step), "await");
    EXPECT_EQ(as<Await>(step)->newer_than, 7u);

    s.ports.known_keys = World::key_set(SigningKey::ours().jwks());
    s.ports.keys_generation = 8;
    EXPECT_EQ(s.user_of(s.resume(true)), "robot");
}

TEST(Access, KidUnknownAfterAFetchIsRefused) {  // AC-151
    ProtectStory s;
    s.ports.known_keys =
        World::key_set(R"({"keys":[)" + SigningKey::other().jwk("old") + "]}");
    s.ask(s.bearer(s.claims()));
    EXPECT_EQ(summary(s.resume(true)), "401 unknown_kid");
    s.ask(s.bearer(s.claims()));
    EXPECT_EQ(summary(s.resume(false)), "401 unknown_kid");

    s.ask(s.bearer(s.claims()));
    s.ports.keys_fail = true;
    EXPECT_EQ(summary(s.resume(false)), "503 keys_unavailable")
        << "newer keys might have it";
    s.ports.keys_fail = false;

    EXPECT_EQ(summary(s.ask(s.bearer(
                  s.claims().set("iss", json_string("https://x.example"))))),
              "401 iss_mismatch")
        << "no call for a foreign token";
}

TEST(Access, WaitsForMetadataOnce) {
    ProtectStory s;
    const Metadata metadata = *s.ports.known_metadata;
    s.ports.known_metadata.reset();
    const Step step = s.ask();
    ASSERT_EQ(summary(step), "await");
    EXPECT_EQ(as<Await>(step)->what, Await::What::metadata);
    EXPECT_EQ(s.jar.size(), 0u);

    s.ports.known_metadata = metadata;
    EXPECT_EQ(summary(s.resume(true)), "302");
}

TEST(Access, MissingMetadataStartsNoLogin) {  // AC-138
    ProtectStory s;
    s.ports.known_metadata.reset();
    s.ask();
    const Step step = s.resume(false);
    EXPECT_EQ(summary(step), "503 idp_unreachable");
    EXPECT_TRUE(answer_of(step).retry_after);
    EXPECT_EQ(summary(s.ask(s.api())), "401 session_missing")
        << "which needs no provider";
    s.save();
    EXPECT_EQ(s.user_of(s.ask()), "alice") << "neither does a session";
}

TEST(Access, UnexpectedReplyAcceptsNothing) {  // AC-256
    ProtectStory s;
    s.ask();
    EXPECT_EQ(summary(s.fetched()), "500 internal_error");
}

TEST(Access, InternalErrorsStartNoLogin) {  // AC-256
    ProtectStory s(SessionStory::in_cookies());
    s.ports.random_fails = true;
    EXPECT_EQ(answer_of(s.ask()).status, 500u);
}

TEST(Access, LoginReturnsToTheRequestedPage) {
    ProtectStory s;
    Request request = s.request();
    request.uri = "/orders?id=1";
    EXPECT_EQ(summary(s.ask(request)), "302");
    request.host = "";
    EXPECT_EQ(summary(s.ask(request)), "400 insecure_login")
        << "nowhere to come back to";
}

}  // namespace
}  // namespace oidc::test
