// SPDX-License-Identifier: Apache-2.0
// What a refused refresh means: the user is asked again, or nothing but an
// error of ours has happened.
#include <gmock/gmock.h>

#include "oidc/refresh_story.hpp"
#include "oidc/session/refresh.hpp"

namespace oidc::test {
namespace {

// AC-285
TEST(Refresh, ARefusalEndsTheSession) {
    for (const bool cookie_store : {false, true}) {
        RefreshStory story(cookie_store ? RefreshStory::in_cookies()
                                        : generic_provider());
        story.almost_expire();
        const CookieJar old = story.jar;
        Asking first = story.asks();
        first.go();
        first.reply(RefreshStory::refusal("invalid_grant"));
        EXPECT_EQ(summary(first.step()), "302") << cookie_store;
        EXPECT_EQ(story.jar.find("SESSION_login_") != nullptr, true);
        EXPECT_TRUE(story.ports.sessions.empty());
        EXPECT_TRUE(story.ports.turns.empty());
        // With the old cookie too, and without one more call.
        story.jar = old;
        EXPECT_EQ(story.visit(), "302") << cookie_store;
    }
}

// Multi-factor authentication that was switched on during the day, a consent
// that was withdrawn: only a login mends it.
TEST(Refresh, WordAboutTheUserEndsTheSession) {
    for (const char* word :
         {"interaction_required", "login_required", "consent_required",
          "account_selection_required", "access_denied", "invalid_token",
          "mfa_required", "insufficient_user_authentication"}) {
        RefreshStory story;
        story.almost_expire();
        Asking first = story.asks();
        first.go();
        const Step& step = first.reply(RefreshStory::refusal(word));
        EXPECT_EQ(summary(step), "302") << word;
        EXPECT_TRUE(story.ports.sessions.empty()) << word;
        const auto& cause = std::get<Response>(step).cause;
        ASSERT_TRUE(cause) << word;
        EXPECT_EQ(cause->code, base::Errc::session_ended);
        EXPECT_EQ(cause->why, "the token endpoint says " + std::string(word));
    }
}

TEST(Refresh, WordAboutTheClientIsUnavailableAndNamed) {
    for (const char* word :
         {"invalid_client", "unauthorized_client", "unsupported_grant_type",
          "invalid_request", "invalid_target"}) {
        RefreshStory story;
        story.expire();
        Asking first = story.asks();
        first.go();
        const Step& step = first.reply(RefreshStory::refusal(word));
        EXPECT_EQ(std::get<Response>(step).status, 503) << word;
        EXPECT_THAT(std::string(std::get<Response>(step).reason->why),
                    testing::HasSubstr(word));
        EXPECT_FALSE(story.ports.sessions.empty()) << word;
    }
}

TEST(Refresh, WordAboutTheUserInASuccessEndsNoSession) {
    RefreshStory story;
    story.expire();
    Asking first = story.asks();
    first.go();
    const Step& step =
        first.reply(RefreshStory::refusal("interaction_required", 200));
    EXPECT_EQ(std::get<Response>(step).status, 503);
    EXPECT_FALSE(story.ports.sessions.empty());
}

TEST(Refresh, RefusalOfAScriptIs401) {
    RefreshStory story;
    story.almost_expire();
    story.location.methods = MethodSet().add(Method::session);
    Asking first = story.asks();
    first.go();
    EXPECT_EQ(summary(first.reply(RefreshStory::refusal("invalid_grant"))),
              "401 session_ended");
}

}  // namespace
}  // namespace oidc::test
