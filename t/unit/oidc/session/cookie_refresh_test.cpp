// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "oidc/refresh_story.hpp"
#include "oidc/session/refresh.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::HasSubstr;
using testing::Not;

// AC-283, AC-289
TEST(RefreshInCookies, OldCookiesFindTheNewSession) {
    RefreshStory story(RefreshStory::in_cookies());
    story.expire();
    const CookieJar old = story.jar;
    Asking first = story.asks();
    Asking waiting = story.asks();
    ASSERT_EQ(first.go(), "call");
    EXPECT_EQ(waiting.go(), "await");
    first.reply(json_reply(story.rotated().text()));
    // The session, and the end of the count of logins.
    ASSERT_EQ(std::get<Allow>(first.step()).set_cookies.size(), 2u);

    EXPECT_EQ(summary(waiting.resume(false)), "allow");
    EXPECT_EQ(waiting.access_token(), "second-access-token");
    story.pass_to_upstream(session::kRefreshMemory - Seconds(1));
    Asking late(story, old);
    EXPECT_EQ(late.go(), "allow");
    EXPECT_EQ(late.access_token(), "second-access-token");
    EXPECT_EQ(std::get<Allow>(late.step()).set_cookies.size(), 2u);
    EXPECT_EQ(story.refresh_token(), "second-refresh");
}

TEST(RefreshInCookies, StoredOutcomeIsSealed) {
    RefreshStory story(RefreshStory::in_cookies());
    story.almost_expire();
    Asking first = story.asks();
    first.go();
    first.reply(json_reply(story.rotated().text()));
    ASSERT_EQ(story.ports.answers.size(), 1u);
    const auto& [bytes, until] = story.ports.answers.begin()->second;
    EXPECT_EQ(bytes.front(), 'r');
    EXPECT_THAT(bytes, Not(HasSubstr("second")));
    EXPECT_THAT(bytes, Not(HasSubstr("user-1")));
    EXPECT_EQ(until, story.now + session::kRefreshMemory);
}

TEST(RefreshInCookies, NewSessionIsNotMistakenForTheOld) {
    RefreshStory story(RefreshStory::in_cookies());
    story.almost_expire();
    Asking first = story.asks();
    first.go();
    first.reply(json_reply(story.tokens().set("expires_in", "20").text()));
    // The same refresh token, due again within the memory of it.
    story.pass_to_upstream(Seconds(15));
    EXPECT_EQ(story.visit(), "call");
}

TEST(RefreshInCookies, TooLargeSessionsStayUnchanged) {
    RefreshStory story(RefreshStory::in_cookies());
    story.almost_expire();
    Asking first = story.asks();
    first.go();
    first.reply(json_reply(
        story.tokens()
            .set("access_token", json_string(std::string(40'000, 'x')))
            .text()));
    EXPECT_EQ(summary(first.step()), "allow");
    EXPECT_EQ(first.access_token(), kAccessToken);
    EXPECT_EQ(story.visit(), "allow");
    story.expire();
    story.pass_to_upstream(session::kRefreshRest);
    Asking after = story.asks();
    ASSERT_EQ(after.go(), "call");
}

}  // namespace
}  // namespace oidc::test
