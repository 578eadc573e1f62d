// SPDX-License-Identifier: Apache-2.0
// What a browser gets when its login has succeeded
#include <gmock/gmock.h>

#include "base/json.hpp"
#include "oidc/login_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/access/access.hpp"

namespace oidc::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class EndStory : public LoginStory {
public:
    explicit EndStory(LoginAction action, LoginTokens tokens = {}) {
        location.login_action = action;
        location.login_tokens = tokens;
    }
};

constexpr LoginTokens kAll{.id = true, .access = true, .refresh = true};

TEST(LoginResponse, ReturnsNoTokenByDefault) {
    for (const auto action : {LoginAction::redirect, LoginAction::response}) {
        EndStory story(action);
        const Response a = answer(story.log_in("/app?a=1"));
        EXPECT_THAT(a.location + a.body, Not(HasSubstr("token")));
        EXPECT_THAT(a.location + a.body, Not(HasSubstr(kAccessToken)));
    }
}

TEST(LoginResponse, RedirectCarriesTheConfiguredTokens) {
    EndStory story(LoginAction::redirect, {.access = true});
    const Response a = answer(story.log_in("/app?a=1"));
    EXPECT_EQ(a.location, std::string("/app?a=1&access_token=") + kAccessToken);
    EXPECT_TRUE(session_of(story));

    EndStory plain(LoginAction::redirect, kAll);
    const Response b = answer(plain.log_in("/app"));
    EXPECT_THAT(b.location, StartsWith("/app?id_token="));
    EXPECT_EQ(query_value(b.location, "access_token"), kAccessToken);
    EXPECT_EQ(query_value(b.location, "refresh_token"), "refresh-token");
}

TEST(LoginResponse, RedirectCarriesTheTokensInTheFragment) {
    EndStory story(LoginAction::redirect, {.access = true});
    story.location.login_redirect_mode = LoginRedirectMode::fragment;
    EXPECT_EQ(answer(story.log_in("/app?a=1")).location,
              std::string("/app?a=1#access_token=") + kAccessToken);
}

TEST(LoginResponse, FragmentOfTheTargetStaysBehindTheQuery) {
    for (const auto mode :
         {LoginRedirectMode::query, LoginRedirectMode::fragment}) {
        EndStory story(LoginAction::redirect, {.access = true});
        story.location.login_redirect_uri = "/home?x#part";
        story.location.login_redirect_mode = mode;
        const std::string token = std::string("access_token=") + kAccessToken;
        EXPECT_EQ(answer(story.log_in()).location,
                  mode == LoginRedirectMode::query
                      ? "/home?x&" + token + "#part"
                      : "/home?x#" + token);
    }
}

TEST(LoginResponse, ResponseHasTheUserAndTheConfiguredTokens) {
    EndStory story(LoginAction::response, {.access = true});
    const Response a = answer(story.log_in());
    EXPECT_EQ(summary(a), "200");
    EXPECT_EQ(a.location, "");
    EXPECT_THAT(a.content_type, StartsWith("application/json"));
    const auto body = base::json::Document::parse(a.body);
    ASSERT_TRUE(body);
    EXPECT_TRUE(body->root().member("authenticated").is_true());
    EXPECT_EQ(body->root().member("user").string(), "user-1");
    EXPECT_EQ(body->root().member("provider").string(), "idp");
    EXPECT_EQ(body->root().member("expires_in").integer(), 8 * 3600);
    EXPECT_EQ(body->root().member("access_token").string(), kAccessToken);
    EXPECT_FALSE(body->root().member("id_token").present());
    EXPECT_FALSE(body->root().member("refresh_token").present());
    EXPECT_TRUE(session_of(story));
    EXPECT_EQ(story.login_cookies(), 0u);
}

TEST(LoginResponse, UpstreamRequestHasTheNewIdentity) {
    EndStory story(LoginAction::upstream);
    const Step end = story.log_in();
    const auto* allow = as<Allow>(end);
    ASSERT_TRUE(allow);
    EXPECT_EQ(allow->identity->user, "user-1");
    EXPECT_EQ(allow->identity->method, Method::session);
    EXPECT_EQ(allow->identity->access_token.reveal(), kAccessToken);
    story.jar.take(allow->set_cookies);
    EXPECT_TRUE(session_of(story));
    EXPECT_EQ(story.login_cookies(), 0u);
}

TEST(LoginResponse, UpstreamRequestIsJudgedByTheRules) {
    EndStory story(LoginAction::upstream);
    const Step end = story.log_in();
    const IdentityRef who = as<Allow>(end)->identity;
    Visit visit(story, Request{});
    EXPECT_EQ(summary(access::admit(visit.context(), who, story.now)), "allow");
    story.location.scopes = {{{"admin"}}};
    EXPECT_EQ(summary(access::admit(visit.context(), who, story.now)),
              "403 scope_missing");
    story.location.scopes.clear();
    story.location.methods = MethodSet().add(Method::bearer);
    EXPECT_EQ(summary(access::admit(visit.context(), who, story.now)),
              "401 method_not_enabled");
}

TEST(LoginResponse, FailedLoginReturnsNoTokens) {
    for (const auto action : {LoginAction::redirect, LoginAction::response,
                              LoginAction::upstream}) {
        EndStory story(action, kAll);
        story.begin();
        story.arrive();
        const Step end = story.reply_tokens(story.good().set("nonce", "\"x\""));
        expect_no_login(story, end, "400 nonce_mismatch");
        EXPECT_THAT(answer(end).location + answer(end).body,
                    Not(HasSubstr(kAccessToken)));
    }
}

}  // namespace
}  // namespace oidc::test
