// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "oidc/login_story.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"
#include "oidc/logout/rp_logout.hpp"

namespace oidc::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Somebody is logged in.
class LoggedIn : public LoginStory {
public:
    explicit LoggedIn(Provider p = generic_provider())
        : LoginStory(std::move(p)) {
        EXPECT_EQ(summary(log_in()), "302");
    }
    Response leave(Request request = at("/logout")) {
        return leave(std::move(request), ProviderReply());
    }
    // The revocation is answered with `reply`, if there is one.
    Response leave(Request request, ProviderReply reply) {
        Visit visit(*this, Visit::with_cookies(*this, std::move(request)));
        const auto flow = logout::logout(visit.context());
        Step step = flow->begin(now);
        revoked.clear();
        if (const auto* call = as<Call>(step)) {
            EXPECT_EQ(call->kind, CallKind::revoke);
            EXPECT_TRUE(ports.sessions.empty()) << "before anything can fail";
            revoked = call->url + " " + std::string(call->body.reveal());
            step = flow->fetched(std::move(reply), now).step;
        }
        EXPECT_TRUE(as<Response>(step)) << summary(step);
        Response answer = std::move(std::get<Response>(step));
        jar.take(answer.set_cookies);
        return answer;
    }
    static Request at(std::string uri) {
        Request r;
        r.uri = std::move(uri);
        r.sec_fetch_site = "same-origin";
        return r;
    }
    bool is_logged_in() {
        Visit visit(*this, Visit::with_cookies(*this, Request{}));
        return bool(session::load_session(visit.context(), now).result());
    }

    std::string revoked;  // by the last logout: where, and with what form
};

Provider with_post_logout(Provider p, OwnAddress address = {"/bye", ""}) {
    p.logout.post_logout_uri = std::move(address);
    return p;
}

// AC-266
TEST(Logout, RedirectsToTheProviderWithoutASession) {
    LoggedIn story(with_post_logout(generic_provider()));
    const Response a = story.leave();
    EXPECT_EQ(summary(a), "302");
    EXPECT_THAT(a.location, StartsWith("https://idp.example/logout?"));
    EXPECT_EQ(query_value(a.location, "client_id"), kClient);
    EXPECT_EQ(query_value(a.location, "post_logout_redirect_uri"),
              "https://app.example/bye");
    EXPECT_THAT(a.location, Not(HasSubstr("id_token_hint")));
    EXPECT_FALSE(story.is_logged_in());
    EXPECT_TRUE(story.ports.sessions.empty());
    EXPECT_EQ(story.jar.size(), 0);
}

// AC-266
TEST(Logout, MaySendAnIdTokenHint) {
    Provider p = with_post_logout(generic_provider());
    p.logout.token_hint = true;
    LoggedIn story(std::move(p));
    const Response a = story.leave();
    EXPECT_EQ(query_value(a.location, "id_token_hint"),
              SigningKey::ours().token(story.good().text()));
    const Response again = story.leave();
    EXPECT_THAT(again.location, StartsWith("https://idp.example/logout?"));
    EXPECT_THAT(again.location, Not(HasSubstr("id_token_hint")));
}

TEST(Logout, AnEndpointMayHaveAQuery) {
    LoggedIn story;
    story.ports.known_metadata->endpoints.end_session =
        "https://idp.example/end?x=y";
    EXPECT_THAT(story.leave().location,
                StartsWith("https://idp.example/end?x=y&client_id="));
}

TEST(LogoutRevokes, TheRefreshToken) {  // RFC 7009 2.1
    for (const session::Store* store :
         {&session::memory_store(), &session::cookie_store()}) {
        Provider p = generic_provider();
        p.store = store;
        LoggedIn story(std::move(p));
        story.ports.known_metadata->endpoints.revocation =
            "https://idp.example/revoke";
        EXPECT_EQ(summary(story.leave()), "302");
        EXPECT_EQ(story.revoked,
                  "https://idp.example/revoke token=refresh-token"
                  "&token_type_hint=refresh_token");
        EXPECT_EQ(story.jar.size(), 0);
        EXPECT_EQ(summary(story.leave()), "302");
        EXPECT_EQ(story.revoked, "") << "there is no session any more";
    }
}

TEST(LogoutRevokes, ContinuesAfterAnyFailure) {
    for (const unsigned status : {0u, 200u, 302u, 400u, 401u, 503u}) {
        LoggedIn story;
        story.ports.known_metadata->endpoints.revocation =
            "https://idp.example/revoke";
        ProviderReply reply = json_reply(R"({"error":"x"})", status);
        if (status == 0) {
            reply.failure = ProviderReply::Failure::timeout;
        }
        const Response a =
            story.leave(LoggedIn::at("/logout"), std::move(reply));
        EXPECT_EQ(summary(a), "302") << status;
        EXPECT_THAT(a.location, StartsWith("https://idp.example/logout?"));
        EXPECT_NE(story.revoked, "");
        EXPECT_EQ(story.jar.size(), 0) << status;
    }
}

TEST(LogoutRevokes, NothingWhenOffOrUnknown) {
    LoggedIn unknown;
    unknown.leave();
    EXPECT_EQ(unknown.revoked, "");

    Provider p = generic_provider();
    p.logout.revoke = false;
    LoggedIn off(std::move(p));
    off.ports.known_metadata->endpoints.revocation = "https://idp.example/r";
    off.leave();
    EXPECT_EQ(off.revoked, "");
}

// AC-403, Q3
TEST(LogoutCognito, SendsTheParametersOfCognito) {
    Provider p = with_post_logout(cognito_provider());
    p.logout.token_hint = true;
    LoggedIn story(std::move(p));
    EXPECT_EQ(story.leave().location,
              "https://pool.auth.example/logout?client_id=client-1"
              "&logout_uri=https%3A%2F%2Fapp.example%2Fbye");
}

// AC-403: metadata from before 2024.
TEST(LogoutCognito, DerivesItsEndpoint) {
    LoggedIn story(
        with_post_logout(cognito_provider(), {"/x", "https://other.example"}));
    story.ports.known_metadata->endpoints.end_session = "";
    EXPECT_EQ(story.leave().location,
              "https://pool.auth.example/logout?client_id=client-1"
              "&logout_uri=https%3A%2F%2Fother.example%2Fx");
}

TEST(LogoutCognito, ReturnsToTheRootByDefault) {
    LoggedIn story(cognito_provider());
    EXPECT_EQ(query_value(story.leave().location, "logout_uri"),
              "https://app.example/");
}

// AC-267: nobody waits for a provider that is dead, or has no logout.
TEST(Logout, EndsTheSessionWithoutTheProvider) {
    for (const bool is_known : {true, false}) {
        LoggedIn story(with_post_logout(generic_provider()));
        story.ports.known_metadata->endpoints.end_session = "";
        if (!is_known) {
            story.ports.known_metadata.reset();
        }
        const Response a = story.leave();
        EXPECT_EQ(summary(a), "302");
        EXPECT_EQ(a.location, "https://app.example/bye");
        EXPECT_FALSE(story.is_logged_in());
    }
}

// AC-267
TEST(Logout, ShowsAPageIfNothingElseDoes) {
    for (Provider (*make)() : {generic_provider, cognito_provider}) {
        LoggedIn story(make());
        story.ports.known_metadata.reset();
        const Response a = story.leave();
        EXPECT_EQ(summary(a), "200");
        EXPECT_THAT(a.content_type, StartsWith("text/html"));
        EXPECT_THAT(a.body, HasSubstr("logged out"));
        EXPECT_FALSE(story.is_logged_in());
    }
}

// AC-265: what another site's page loads.
TEST(Logout, LoadByAnotherSiteDoesNotLogOut) {
    for (const char* dest : {"image", "iframe", "empty", "script", "frame",
                             "style", "object", ""}) {
        LoggedIn story;
        Request r = LoggedIn::at("/logout");
        r.sec_fetch_site = "cross-site";
        r.sec_fetch_dest = dest;
        const Response a = story.leave(r);
        EXPECT_EQ(summary(a), "403 logout_refused") << dest;
        EXPECT_TRUE(a.set_cookies.empty());
        EXPECT_TRUE(story.is_logged_in()) << dest;
    }
}

// AC-265: the documented choice.
TEST(Logout, ANavigationLogsOutFromAnywhere) {
    for (const char* site : {"cross-site", "same-site", "none", ""}) {
        LoggedIn story;
        Request r = LoggedIn::at("/logout");
        r.sec_fetch_site = site;
        EXPECT_EQ(summary(story.leave(r)), "302") << site;
        EXPECT_FALSE(story.is_logged_in()) << site;
    }
}

// AC-437: what any user can put into a page of this origin, and what a page of
// another origin of the same site loads.
TEST(Logout, ImageOfThisOriginAndLoadBySameSiteDoNotLogOut) {
    const std::pair<const char*, const char*> loads[] = {
        {"same-origin", "image"},
        {"same-origin", "style"},
        {"same-origin", "script"},
        {"none", "image"},
        {"", "image"},
        {"same-site", "image"},
        {"same-site", "empty"},
        {"same-site", "iframe"},
        {"same-site", ""}};
    for (const auto& [site, dest] : loads) {
        LoggedIn story;
        Request r = LoggedIn::at("/logout");
        r.sec_fetch_site = site;
        r.sec_fetch_dest = dest;
        r.sec_fetch_mode = "no-cors";
        EXPECT_EQ(summary(story.leave(r)), "403 logout_refused")
            << site << " " << dest;
        EXPECT_TRUE(story.is_logged_in()) << site << " " << dest;
    }
}

TEST(Logout, SameOriginFrameMayLogOut) {
    LoggedIn story;
    Request r = LoggedIn::at("/logout");
    r.sec_fetch_site = "same-origin";
    r.sec_fetch_dest = "iframe";
    r.sec_fetch_mode = "navigate";
    EXPECT_EQ(summary(story.leave(r)), "302");
}

TEST(Logout, SameOriginScriptMayLogOut) {
    for (const char* site : {"same-origin", ""}) {
        LoggedIn story;
        Request r = LoggedIn::at("/logout");
        r.method = "POST";
        r.sec_fetch_site = site;
        r.sec_fetch_dest = "empty";
        EXPECT_EQ(summary(story.leave(r)), "302") << site;
        EXPECT_FALSE(story.is_logged_in()) << site;
    }
}

TEST(Logout, PrefetchDoesNotLogOut) {
    LoggedIn story;
    Request r = LoggedIn::at("/logout");
    r.sec_purpose = "prefetch;prerender";
    EXPECT_EQ(summary(story.leave(r)), "401 prefetch_refused");
    EXPECT_TRUE(story.is_logged_in());
}

TEST(Logout, OnlyListedMethodsLogOut) {
    for (const char* method : {"HEAD", "PUT", "DELETE", "OPTIONS", "get"}) {
        LoggedIn story;
        Request r = LoggedIn::at("/logout");
        r.method = method;
        EXPECT_EQ(summary(story.leave(r)), "405 method_not_allowed") << method;
        EXPECT_TRUE(story.is_logged_in());
    }
    LoggedIn story;
    story.provider.logout.methods = {"POST"};
    EXPECT_EQ(summary(story.leave()), "405 method_not_allowed");
    Request r = LoggedIn::at("/logout");
    r.method = "POST";
    EXPECT_EQ(summary(story.leave(r)), "302");
    EXPECT_FALSE(story.is_logged_in());
}

// AC-225: nothing in the request says where to go.
TEST(Logout, TargetIsTheConfiguredOne) {
    LoggedIn story(with_post_logout(generic_provider()));
    const Response a = story.leave(LoggedIn::at(
        "/logout?post_logout_redirect_uri=https://evil.example&rd=//evil.com"
        "&logout_uri=https://evil.example"));
    EXPECT_THAT(a.location, Not(HasSubstr("evil")));
}

// AC-277
TEST(Logout, OldCookieIsRefused) {
    LoggedIn story;
    const CookieJar captured = story.jar;
    story.leave();
    story.jar = captured;
    EXPECT_FALSE(story.is_logged_in());
    story.ports.forget_identities();
    EXPECT_FALSE(story.is_logged_in());
}

// AC-278, AC-192
TEST(Logout, CookiesAreExpiredWithTheirAttributes) {
    LoggedIn story;
    const std::string name = story.jar.cookies().front().name;
    const Response a = story.leave();
    ASSERT_FALSE(a.set_cookies.empty());
    EXPECT_THAT(a.set_cookies,
                testing::Contains(testing::AllOf(
                    StartsWith(name + "="), HasSubstr("Max-Age=0"),
                    HasSubstr("; Path=/"), HasSubstr("; Secure"))));
}

TEST(Logout, MissingSessionRedirectsTheSameWay) {
    LoggedIn story(with_post_logout(generic_provider()));
    story.jar.cookies().clear();
    const Response a = story.leave();
    EXPECT_EQ(summary(a), "302");
    EXPECT_TRUE(a.set_cookies.empty());
}

TEST(Logout, RequestWithoutAHostHasNoReturnUri) {
    LoggedIn story(with_post_logout(generic_provider()));
    Request r = LoggedIn::at("/logout");
    r.host = "";
    EXPECT_THAT(story.leave(r).location,
                Not(HasSubstr("post_logout_redirect_uri")));
    LoggedIn cognito(cognito_provider());
    EXPECT_EQ(summary(cognito.leave(r)), "200");
}

}  // namespace
}  // namespace oidc::test
