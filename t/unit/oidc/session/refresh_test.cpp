// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "oidc/refresh_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/session/refresh.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::HasSubstr;
using testing::Not;

TEST(Refresh, IsNotDueWhileTheTokenIsYoung) {
    RefreshStory story;
    story.now = kNow + Seconds(3600 - 61);
    EXPECT_EQ(story.visit(), "allow");
    story.ports.forget_identities();
    EXPECT_EQ(story.visit(), "allow");
}

// What a worker remembers of the session does not hide that it is due.
TEST(Refresh, IsDueShortlyBeforeTheEnd) {
    for (const bool is_known : {true, false}) {
        RefreshStory story;
        story.now = kNow + Seconds(3600 - 61);
        EXPECT_EQ(story.visit(), "allow");
        if (!is_known) {
            story.ports.forget_identities();
        }
        story.pass_to_upstream(Seconds(1));
        EXPECT_EQ(story.visit(), "call") << is_known;
    }
}

TEST(Refresh, RequestHasTheParametersOfRfc6749) {  // RFC 6749 6
    RefreshStory story;
    story.almost_expire();
    Asking first = story.asks();
    ASSERT_EQ(first.go(), "call");
    const Call& call = std::get<Call>(first.step());
    EXPECT_EQ(call.kind, CallKind::token_refresh);
    EXPECT_TRUE(call.post);
    EXPECT_EQ(call.url, story.ports.known_metadata->endpoints.token);
    EXPECT_THAT(first.body(), HasSubstr("grant_type=refresh_token"));
    EXPECT_THAT(first.body(), HasSubstr("refresh_token=refresh-token"));
    EXPECT_THAT(first.body(), Not(HasSubstr("scope")));
    EXPECT_FALSE(call.authorization.empty());
}

TEST(Refresh, RequestGetsTheNewToken) {
    for (const bool cookie_store : {false, true}) {
        RefreshStory story(cookie_store ? RefreshStory::in_cookies()
                                        : generic_provider());
        story.almost_expire();
        Asking first = story.asks();
        ASSERT_EQ(first.go(), "call");
        first.reply(json_reply(story.rotated().text()));
        EXPECT_EQ(first.access_token(), "second-access-token");
        EXPECT_EQ(story.refresh_token(), "second-refresh");
        EXPECT_TRUE(story.ports.turns.empty());

        Asking later = story.asks();
        EXPECT_EQ(later.go(), "allow");
        EXPECT_EQ(later.access_token(), "second-access-token");
    }
}

// AC-282, AC-292: nobody waits while the old token lives.
TEST(Refresh, OneRefreshesAndTheOthersUseTheOldToken) {
    RefreshStory story;
    story.almost_expire();
    Asking first = story.asks();
    ASSERT_EQ(first.go(), "call");
    for (int i = 0; i < 5; i++) {
        Asking other = story.asks();
        EXPECT_EQ(other.go(), "allow");
        EXPECT_EQ(other.access_token(), kAccessToken);
    }
    first.reply(json_reply(story.rotated().text()));
    EXPECT_EQ(story.visit(), "allow");
}

// AC-282: and all wait for the one when it does not.
TEST(Refresh, OneRefreshesAndTheOthersWait) {
    RefreshStory story;
    story.expire();
    Asking first = story.asks();
    Asking second = story.asks();
    Asking third = story.asks();
    ASSERT_EQ(first.go(), "call");
    EXPECT_EQ(second.go(), "await");
    EXPECT_EQ(third.go(), "await");
    first.reply(json_reply(story.rotated().text()));
    for (Asking* other : {&second, &third}) {
        EXPECT_EQ(summary(other->resume(false)), "allow");
        EXPECT_EQ(other->access_token(), "second-access-token");
    }
}

// Who gets the turn looks first whether it is still needed.
TEST(Refresh, FlightWonLateMakesNoSecondCall) {
    RefreshStory story;
    story.expire();
    Asking first = story.asks();
    Asking late = story.asks();
    ASSERT_EQ(first.go(), "call");
    EXPECT_EQ(late.go(), "await");
    first.reply(json_reply(story.rotated().text()));
    EXPECT_EQ(summary(late.resume(true)), "allow");
    EXPECT_EQ(late.access_token(), "second-access-token");
}

// AC-284: the turn is free again, and nothing has come of it.
TEST(Refresh, AnotherRefreshesIfTheFirstDies) {
    RefreshStory story;
    story.expire();
    Asking dead = story.asks();
    Asking second = story.asks();
    ASSERT_EQ(dead.go(), "call");
    EXPECT_EQ(second.go(), "await");
    story.ports.turns.clear();
    EXPECT_EQ(second.go_on(second.resume(false)), "call");
}

TEST(Refresh, WaitIsBounded) {
    RefreshStory story;
    story.expire();
    Asking first = story.asks();
    Asking second = story.asks();
    ASSERT_EQ(first.go(), "call");
    EXPECT_EQ(second.go(), "await");
    unsigned rounds = 1;
    for (; as<Await>(second.step()); rounds++) {
        second.resume(false);
        ASSERT_LE(rounds, provider::kMaxRounds);
    }
    EXPECT_EQ(summary(second.step()), "503 idp_timeout");
}

// AC-288, and an answer without an ID token.
TEST(Refresh, AbsentMembersStayUnchanged) {
    RefreshStory story;
    const auto before = session_of(story);
    story.almost_expire();
    Asking first = story.asks();
    first.go();
    first.reply(json_reply(story.tokens().text()));
    const auto after = session_of(story);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->refresh_token.reveal(), "refresh-token");
    EXPECT_EQ(after->id_token.reveal(), before->id_token.reveal());
    EXPECT_EQ(after->claims, before->claims);
    EXPECT_EQ(after->scope, before->scope);
    EXPECT_EQ(after->access_expires, story.now + Seconds(3600));
}

TEST(Refresh, TheAbsoluteLimitStands) {  // AC-195
    RefreshStory story;
    const auto before = session_of(story);
    while (story.now + Seconds(3600) < before->expires) {
        story.pass_to_upstream(Seconds(3570));
        Asking first = story.asks();
        ASSERT_EQ(first.go(), "call");
        first.reply(json_reply(story.rotated().text()));
        EXPECT_EQ(session_of(story)->expires, before->expires);
    }
    story.now = before->expires;
    EXPECT_EQ(story.visit(), "302");
}

TEST(Refresh, NewClaimsReplaceOldOnes) {
    RefreshStory story;
    story.almost_expire();
    Asking first = story.asks();
    first.go();
    const std::string id_token = story.id_token(
        story.new_claims().drop("nonce").set("groups", R"(["new"])"));
    first.reply(json_reply(story.tokens(id_token).text()));
    ASSERT_EQ(summary(first.step()), "allow");
    EXPECT_TRUE(
        std::get<Allow>(first.step()).identity->claims.holds("groups", "new"));
    EXPECT_EQ(session_of(story)->id_token.reveal(), id_token);
}

// AC-287
TEST(Refresh, AnIdTokenOfAnotherLoginEndsTheSession) {
    struct Case {
        const char* claim;
        std::string json;
    };
    for (const Case& wrong :
         {Case{"iss", json_string("https://other.example")},
          Case{"sub", json_string("user-2")},
          Case{"aud", json_string("client-2")},
          Case{"nonce", json_string("another")}, Case{"nonce", "7"},
          Case{"exp", number(kNow)}, Case{"iat", number(kNow)}}) {
        RefreshStory story;
        story.almost_expire();
        Asking first = story.asks();
        first.go();
        const std::string id_token =
            story.id_token(story.new_claims().set(wrong.claim, wrong.json));
        first.reply(json_reply(story.tokens(id_token).text()));
        EXPECT_EQ(summary(first.step()), "302") << wrong.claim;
        EXPECT_TRUE(story.ports.sessions.empty()) << wrong.claim;
        EXPECT_TRUE(story.ports.turns.empty());
    }
}

TEST(Refresh, AForgedIdTokenEndsTheSession) {  // AC-287
    RefreshStory story;
    story.almost_expire();
    Asking first = story.asks();
    first.go();
    first.reply(json_reply(
        story.tokens(SigningKey::other().token(story.new_claims().text()))
            .text()));
    EXPECT_EQ(summary(first.step()), "302");
    EXPECT_TRUE(story.ports.sessions.empty());
}

TEST(Refresh, UnknownKidFetchesKeysOnce) {
    RefreshStory story;
    story.almost_expire();
    story.ports.known_keys =
        World::key_set(R"({"keys":[)" + SigningKey::ours().jwk("older") + "]}");
    Asking first = story.asks();
    first.go();
    first.reply(
        json_reply(story.tokens(story.id_token(story.new_claims())).text()));
    ASSERT_EQ(summary(first.step()), "await");
    EXPECT_EQ(std::get<Await>(first.step()).what, Await::What::keys);
    EXPECT_EQ(story.ports.turns.size(), 1u) << "the turn is still ours";
    story.ports.known_keys = World::key_set(SigningKey::ours().jwks());
    EXPECT_EQ(summary(first.resume(true)), "allow");
    EXPECT_TRUE(story.ports.turns.empty());
}

TEST(Refresh, KeysThatCannotBeFetchedEndNoSession) {  // AC-286
    RefreshStory story;
    story.almost_expire();
    story.ports.known_keys =
        World::key_set(R"({"keys":[)" + SigningKey::ours().jwk("older") + "]}");
    Asking first = story.asks();
    first.go();
    first.reply(
        json_reply(story.tokens(story.id_token(story.new_claims())).text()));
    story.ports.keys_fail = true;
    EXPECT_EQ(summary(first.resume(false)), "allow") << "the old token lives";
    EXPECT_EQ(story.ports.sessions.size(), 1u);
    EXPECT_TRUE(story.ports.turns.empty());
}

// AC-286
TEST(Refresh, ProviderFailureEndsNoSession) {
    std::vector<ProviderReply> troubles;
    troubles.push_back(
        RefreshStory::broken(ProviderReply::Failure::unreachable));
    troubles.push_back(RefreshStory::broken(ProviderReply::Failure::timeout));
    troubles.push_back(RefreshStory::broken(ProviderReply::Failure::tls));
    troubles.push_back(json_reply("{}", 500));
    troubles.push_back(json_reply("{}", 429));
    troubles.push_back(json_reply("not json"));
    troubles.push_back(RefreshStory::refusal("invalid_client", 401));
    troubles.push_back(RefreshStory::refusal("invalid_scope"));
    troubles.push_back(RefreshStory::refusal("temporarily_unavailable"));
    for (ProviderReply& trouble : troubles) {
        const unsigned status = trouble.status;
        RefreshStory story;
        story.almost_expire();
        Asking first = story.asks();
        ASSERT_EQ(first.go(), "call");
        EXPECT_EQ(summary(first.reply(std::move(trouble))), "allow") << status;
        EXPECT_EQ(first.access_token(), kAccessToken);
        EXPECT_EQ(story.visit(), "allow") << "a rest";
        story.pass_to_upstream(session::kRefreshRest);
        EXPECT_EQ(story.visit(), "call") << "and once more";
    }
}

TEST(Refresh, ProviderFailureAfterTheExpiryIs503) {  // AC-286
    for (const auto& [word, status] :
         {std::pair{"invalid_client", 401u}, {"server_error", 500u}}) {
        RefreshStory story;
        story.expire();
        Asking first = story.asks();
        Asking second = story.asks();
        ASSERT_EQ(first.go(), "call");
        EXPECT_EQ(second.go(), "await");
        const Response& a =
            answer(first.reply(RefreshStory::refusal(word, status)));
        EXPECT_EQ(summary(a), "503 idp_error");
        EXPECT_TRUE(a.retry_after);
        EXPECT_TRUE(a.set_cookies.empty());
        // Nobody asks again at once.
        EXPECT_EQ(summary(second.resume(true)), "503 idp_error");
        EXPECT_EQ(story.visit(), "503 idp_error");
        story.pass_to_upstream(session::kRefreshRest);
        EXPECT_EQ(story.visit(), "call") << "the session is still there";
    }
}

TEST(Refresh, PausesForRetryAfter) {
    RefreshStory story;
    story.expire();
    Asking first = story.asks();
    first.go();
    ProviderReply throttled = json_reply("{}", 429);
    throttled.retry_after = Seconds(30);
    EXPECT_EQ(summary(first.reply(std::move(throttled))), "503 idp_throttled");
    story.pass_to_upstream(Seconds(29));
    EXPECT_EQ(story.visit(), "503 idp_error");
    story.pass_to_upstream(Seconds(1));
    EXPECT_EQ(story.visit(), "call");
}

// AC-290
TEST(Refresh, OddLifetimesCauseNoStorm) {
    for (const char* life : {"0", "1", "-1", "9223372036854775807", "null"}) {
        RefreshStory story;
        story.expire();
        Asking first = story.asks();
        first.go();
        first.reply(json_reply(story.rotated().set("expires_in", life).text()));
        EXPECT_EQ(summary(first.step()), "allow") << life;
        EXPECT_EQ(story.visit(), "allow") << life;
        story.pass_to_upstream(session::kMinRefreshInterval - Seconds(1));
        EXPECT_EQ(story.visit(), "allow") << life;
    }
}

TEST(Refresh, IsNotDueInTheFirstHalfOfTheLifetime) {
    RefreshStory story;
    story.provider.refresh_before = Seconds(100'000);
    story.now = kNow + Seconds(1799);
    EXPECT_EQ(story.visit(), "allow");
    story.pass_to_upstream(Seconds(1));
    EXPECT_EQ(story.visit(), "call");
}

// AC-291: whatever the clock does, once.
TEST(Refresh, ClockJumpMakesOneCall) {
    RefreshStory story;
    story.now = kNow + Seconds(2 * 3600);
    Asking first = story.asks();
    Asking second = story.asks();
    EXPECT_EQ(first.go(), "call");
    EXPECT_EQ(second.go(), "await");
    first.reply(json_reply(story.rotated().text()));
    EXPECT_EQ(summary(second.resume(false)), "allow");
    story.now = kNow;  // and back
    EXPECT_EQ(story.visit(), "allow");
}

TEST(Refresh, IsNeverDueIfOff) {
    RefreshStory story;
    story.provider.refresh = false;
    story.almost_expire();
    EXPECT_EQ(story.visit(), "allow");
}

// The login stands until its own limits; the dead token goes nowhere.
TEST(Refresh, AnExpiredTokenIsNotSentOn) {
    RefreshStory story;
    story.provider.refresh = false;
    Asking before = story.asks();
    EXPECT_EQ(before.go(), "allow");
    EXPECT_EQ(before.access_token(), kAccessToken);
    story.expire();
    Asking after = story.asks();
    EXPECT_EQ(after.go(), "allow");
    EXPECT_EQ(after.access_token(), "");
}

// AC-277: a logout is not undone by a refresh that was under way.
TEST(Refresh, LogoutDuringARefreshIsKept) {
    RefreshStory story;
    story.almost_expire();
    Asking first = story.asks();
    ASSERT_EQ(first.go(), "call");
    story.ports.sessions.clear();
    first.reply(json_reply(story.rotated().text()));
    EXPECT_EQ(summary(first.step()), "302");
    EXPECT_TRUE(story.ports.sessions.empty());
}

// Whose turn took too long does not end what another has renewed.
TEST(Refresh, RefusalOfATokenUsedByOthersEndsNoSession) {
    RefreshStory story;
    story.expire();
    Asking slow = story.asks();
    ASSERT_EQ(slow.go(), "call");
    story.ports.turns.clear();
    Asking quick = story.asks();
    ASSERT_EQ(quick.go(), "call");
    quick.reply(json_reply(story.rotated().text()));
    EXPECT_EQ(summary(slow.reply(RefreshStory::refusal("invalid_grant"))),
              "allow");
    EXPECT_EQ(slow.access_token(), "second-access-token");
}

TEST(Refresh, FullStoreIsNotRetriedAtOnce) {
    RefreshStory story;
    story.almost_expire();
    Asking first = story.asks();
    first.go();
    story.ports.store_fails = true;
    EXPECT_EQ(summary(first.reply(json_reply(story.tokens().text()))), "allow");
    EXPECT_EQ(first.access_token(), kAccessToken);
    EXPECT_EQ(story.visit(), "allow");
}

TEST(Refresh, WaitsForTheMetadataOnce) {
    RefreshStory story;
    const auto metadata = story.ports.known_metadata;
    story.expire();
    story.ports.known_metadata.reset();
    Asking first = story.asks();
    ASSERT_EQ(first.go(), "await");
    EXPECT_EQ(summary(first.resume(false)), "503 idp_unreachable");
    Asking second = story.asks();
    ASSERT_EQ(second.go(), "await");
    story.ports.known_metadata = metadata;
    EXPECT_EQ(second.go_on(second.resume(true)), "call");
}

TEST(Refresh, MakesNoCallWithoutKeys) {
    RefreshStory story;
    story.almost_expire();
    story.ports.known_keys.reset();
    EXPECT_EQ(story.visit(), "allow") << "no token is spent without keys";
    story.ports.known_keys = World::key_set(SigningKey::ours().jwks());
    EXPECT_EQ(story.visit(), "call");
}

}  // namespace
}  // namespace oidc::test
