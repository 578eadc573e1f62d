// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "oidc/logout_story.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/token/logout_token.hpp"

namespace oidc::test {
namespace {

using base::Seconds;

constexpr const char* kRefusedForm = "400 logout_malformed";
constexpr const char* kNoLogoutToken = "400 logout_token_invalid";

Provider (*const kStores[])() = {
    [] { return LogoutStory::told(generic_provider()); },
    LogoutStory::in_cookies};

// AC-275: at once, for whoever knows the cookie and whoever does not.
TEST(BackchannelLogout, EndsTheSession) {
    for (const auto store : kStores) {
        LogoutStory s(store());
        const CookieJar jane = s.browser("s1");
        ASSERT_EQ(s.meet(jane), "in");
        EXPECT_EQ(s.tell(s.of_sid("s1")), "200");
        EXPECT_EQ(s.meet(jane), "session_ended");
        EXPECT_EQ(s.meet_afresh(jane), "session_ended");
    }
}

// AC-273
TEST(BackchannelLogout, SidEndsThatSessionAlone) {
    for (const auto store : kStores) {
        LogoutStory s(store());
        const CookieJar one = s.browser("s1");
        const CookieJar two = s.browser("s2");
        const CookieJar other = s.browser("s3", "user-2");
        ASSERT_EQ(s.tell(s.of_sid("s1").set("sub", "\"user-1\"")), "200");
        EXPECT_EQ(s.meet(one), "session_ended");
        EXPECT_EQ(s.meet(two), "in");
        EXPECT_EQ(s.meet(other), "in");
    }
}

// AC-280: there is no index that could hold one of them only.
TEST(BackchannelLogout, SubEndsAllSessionsOfTheUser) {
    for (const auto store : kStores) {
        LogoutStory s(store());
        const CookieJar one = s.browser("s1");
        const CookieJar two = s.browser("s2");
        const CookieJar without = s.browser(nullptr);
        const CookieJar other = s.browser("s1", "user-2");
        s.tell(s.of_sid("s2"));
        ASSERT_EQ(s.tell(s.of_sub("user-1")), "200");
        for (const CookieJar& jar : {one, two, without}) {
            EXPECT_EQ(s.meet(jar), "session_ended");
        }
        EXPECT_EQ(s.meet(other), "in");
    }
}

// AC-273
TEST(BackchannelLogout, SidOfAnotherUserEndsNoSession) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    EXPECT_EQ(s.tell(s.of_sid("s1").set("sub", "\"user-2\"")), "200");
    EXPECT_EQ(s.meet(jane), "in");
}

// AC-273, AC-281: nothing to do, nothing touched, nobody told.
TEST(BackchannelLogout, UnknownSessionIs200) {
    LogoutStory s;
    EXPECT_EQ(s.tell(s.of_sid("never seen")), "200");
    EXPECT_EQ(s.last.body, "{}");
    const CookieJar jane = s.browser("s1");
    s.ports.sessions.clear();  // evicted
    EXPECT_EQ(s.tell(s.of_sid("s1")), "200");
    EXPECT_EQ(s.meet(jane), "session_expired");
}

TEST(BackchannelLogout, AnotherProvidersSessionGoesOn) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    LogoutStory other;
    other.provider.name = "other";
    other.tell(other.of_sid("s1"));
    s.ports.noted_logouts = other.ports.noted_logouts;
    s.ports.logout_number = other.ports.logout_number;
    EXPECT_EQ(s.meet(jane), "in");
}

TEST(BackchannelLogout, LaterLoginIsAccepted) {
    LogoutStory s;
    const CookieJar before = s.browser("s1");
    s.tell(s.of_sub("user-1"));
    EXPECT_EQ(s.meet(s.browser("s1")), "session_ended")
        << "in the same second: not newer than the logout";
    EXPECT_EQ(s.meet(s.browser("s1")), "in");
    EXPECT_EQ(s.meet(before), "session_ended");
}

// The code may come from the session that has just been ended.
TEST(BackchannelLogout, ALoginUnderWayBeginsAgain) {
    LogoutStory s;
    s.begin("/app");
    s.now += Seconds(1);
    ASSERT_EQ(s.tell(s.of_sid("s1")), "200");
    s.now += Seconds(1);
    s.arrive();
    const Step end = s.reply_tokens(s.good().set("sid", "\"s1\""));
    ASSERT_EQ(summary(end), "302");
    EXPECT_THAT(answer(end).location,
                testing::StartsWith("https://idp.example/oauth2/authorize?"));
    EXPECT_FALSE(session_of(s));
    EXPECT_TRUE(s.ports.sessions.empty());
}

TEST(BackchannelLogout, ALoginUnderWayOfAnotherSessionGoesOn) {
    LogoutStory s;
    s.begin("/app");
    s.now += Seconds(1);
    ASSERT_EQ(s.tell(s.of_sid("s2")), "200");
    s.now += Seconds(1);
    s.arrive();
    EXPECT_EQ(answer(s.reply_tokens(s.good().set("sid", "\"s1\""))).location,
              "/app");
}

// For as long as a session from before could live, and no longer.
TEST(BackchannelLogout, RecordOutlivesTheSession) {
    LogoutStory s(LogoutStory::in_cookies());
    s.provider.session_idle_timeout = s.provider.session_timeout;
    const CookieJar jane = s.browser("s1");
    s.tell(s.of_sid("s1"));
    s.now += s.provider.session_timeout - Seconds(2);
    EXPECT_EQ(s.meet_afresh(jane), "session_ended");
    s.now += Seconds(1);
    EXPECT_EQ(s.meet_afresh(jane), "session_expired");
    EXPECT_GT(s.ports.noted_logouts.begin()->second.second, s.now);
}

// AC-268, AC-269
TEST(BackchannelLogout, OtherSignaturesAreRefused) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    const std::string claims = s.of_sid("s1").text();
    EXPECT_EQ(s.tell_token(SigningKey::unsigned_token(claims)),
              "400 token_malformed");
    EXPECT_EQ(s.tell_token(SigningKey::unsigned_token(claims) + "eA"),
              "400 alg_not_allowed");
    EXPECT_EQ(s.tell_token(SigningKey::other().token(claims)),
              "400 signature_invalid");
    EXPECT_EQ(s.tell_token(
                  SigningKey::hs256(claims, s.provider.client_secret.reveal())),
              "400 alg_not_allowed");
    EXPECT_EQ(s.tell_token("x.y"), "400 token_malformed");
    EXPECT_EQ(s.meet(jane), "in");
    EXPECT_EQ(s.ports.logout_number, 0u);
}

TEST(BackchannelLogout, SharedSecretVerifiesIfHmacIsEnabled) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    s.provider.algs.add(jose::Alg::HS256);
    EXPECT_EQ(s.tell_token(SigningKey::hs256(
                  s.of_sid("s1").text(), s.provider.client_secret.reveal())),
              "200");
    EXPECT_EQ(s.meet(jane), "session_ended");
}

TEST(BackchannelLogout, TypIsLogoutJwtOrAbsent) {
    for (const char* typ : {"JWT", "logout+jwt", "application/logout+jwt"}) {
        LogoutStory s;
        EXPECT_EQ(s.tell_token(SigningKey::ours().token(
                      s.of_sid("s1").text(),
                      R"({"kid":"kid/1+=","alg":"RS256","typ":")" +
                          std::string(typ) + "\"}")),
                  "200")
            << typ;
    }
    LogoutStory s;
    EXPECT_EQ(s.tell_token(SigningKey::ours().token(
                  s.of_sid("s1").text(),
                  R"({"kid":"kid/1+=","alg":"RS256","typ":"at+jwt"})")),
              "400 typ_not_allowed");
}

struct Wrong {
    const char* word;
    const char* name;
    const char* value;  // nullptr: left out
};

// AC-269, AC-270, AC-271, AC-272, AC-273
TEST(BackchannelLogout, EveryClaimIsJudged) {
    const Wrong cases[] = {
        {"400 iss_mismatch", "iss", R"("https://evil.example")"},
        {"400 iss_mismatch", "iss", nullptr},
        {"400 aud_mismatch", "aud", R"("other")"},
        {"400 aud_mismatch", "aud", R"(["client-1","other"])"},
        {"400 aud_mismatch", "aud", nullptr},
        {"400 exp_missing", "exp", nullptr},
        {"400 token_expired", "exp", "1"},
        {"400 iat_invalid", "iat", nullptr},
        {"400 iat_invalid", "iat", R"("now")"},
        {"400 iat_invalid", "iat", "1"},
        {"400 iat_invalid", "iat", "9999999999"},
        {kNoLogoutToken, "jti", nullptr},
        {kNoLogoutToken, "jti", R"("")"},
        {kNoLogoutToken, "jti", "7"},
        {kNoLogoutToken, "events", nullptr},
        {kNoLogoutToken, "events", "[]"},
        {kNoLogoutToken, "events", R"({"http://other/event":{}})"},
        {kNoLogoutToken, "events",
         R"({"http://schemas.openid.net/event/backchannel-logout":true})"},
        {kNoLogoutToken, "events",
         R"({"http://schemas.openid.net/event/backchannel-logout":[]})"},
        {kNoLogoutToken, "nonce", R"("n")"},
        {kNoLogoutToken, "nonce", "null"},
        {kNoLogoutToken, "sid", nullptr},
        {kNoLogoutToken, "sid", R"("")"},
        {kNoLogoutToken, "sid", R"(["s1"])"},
        {kNoLogoutToken, "sub", "7"},
    };
    for (const Wrong& wrong : cases) {
        LogoutStory s;
        const CookieJar jane = s.browser("s1");
        Payload claims = s.of_sid("s1");
        wrong.value ? claims.set(wrong.name, wrong.value)
                    : claims.drop(wrong.name);
        EXPECT_EQ(s.tell(claims), wrong.word)
            << wrong.name << ": " << (wrong.value ? wrong.value : "-");
        EXPECT_EQ(s.meet(jane), "in") << wrong.name;
        EXPECT_EQ(s.last.content_type, "application/json; charset=utf-8");
        EXPECT_EQ(s.last.www_authenticate, "");
    }
}

// AC-272: by its age, whatever its exp says.
TEST(BackchannelLogout, AnOldTokenIsRefused) {
    LogoutStory s;
    const Payload claims =
        s.of_sid("s1").set("exp", number(s.now + Seconds(86400)));
    s.now += token::kMaxLogoutTokenAge + s.provider.leeway;
    EXPECT_EQ(s.tell(claims), "400 iat_invalid");
    s.now -= Seconds(1);
    EXPECT_EQ(s.tell(claims), "200");
}

// AC-272
TEST(BackchannelLogout, ReplayedTokenIsRefused) {
    LogoutStory s;
    const Payload claims = s.of_sub("user-1");
    ASSERT_EQ(s.tell(claims), "200");
    s.now += Seconds(5);
    const CookieJar later = s.browser("s1");
    EXPECT_EQ(s.tell(claims), "400 logout_token_used");
    EXPECT_EQ(s.meet(later), "in");
}

// A full table forgets the oldest logout, and ends what began before it.
TEST(BackchannelLogout, SessionsFromBeforeAForgottenLogoutEnd) {
    LogoutStory s;
    const CookieJar before = s.browser("s1");
    s.now += Seconds(10);
    const base::Instant forgotten = s.now;
    s.now += Seconds(10);
    const CookieJar after = s.browser("s2");
    ASSERT_EQ(s.tell(s.of_sid("another")), "200");
    EXPECT_EQ(s.meet(before), "in");
    s.ports.all_ended = forgotten;
    s.ports.logout_number++;
    EXPECT_NE(s.meet(before), "in");
    EXPECT_EQ(s.meet(after), "in");
}

// AC-274
TEST(BackchannelLogout, IsReadFromOneFormByPost) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    const std::string token = SigningKey::ours().token(s.of_sid("s1").text());
    const std::string pair = "logout_token=" + token;
    for (const std::string& form :
         {std::string(), std::string("logout_token="), pair + "&" + pair,
          pair + "%zz", "token=" + token, token}) {
        EXPECT_EQ(s.tell_form(form), kRefusedForm) << form;
    }
    Request post = Request::plain(kBack);
    post.method = "POST";
    post.content_type = "application/json";
    post.body = R"({"logout_token":")" + token + "\"}";
    EXPECT_EQ(s.tell_by(post), kRefusedForm);
    post.content_type = "";
    post.body = pair;
    EXPECT_EQ(s.tell_by(post), kRefusedForm);
    post.content_type = "application/x-www-form-urlencoded";
    post.uri += "?" + pair;
    post.body = "";
    EXPECT_EQ(s.tell_by(post), kRefusedForm);
    for (const char* method : {"GET", "HEAD", "PUT", "OPTIONS"}) {
        post.method = method;
        EXPECT_EQ(s.tell_by(post), "405 method_not_allowed") << method;
        EXPECT_EQ(s.last.allow, "POST");
    }
    EXPECT_EQ(s.meet(jane), "in");
    EXPECT_EQ(s.tell_form("a=b&" + pair + "&c=d"), "200");
}

TEST(BackchannelLogout, WaitsOnceForKeys) {
    for (const bool arrives : {true, false}) {
        LogoutStory s;
        const CookieJar jane = s.browser("s1");
        const std::string token =
            SigningKey::ours().token(s.of_sid("s1").text());
        auto keys = std::exchange(s.ports.known_keys, std::nullopt);
        EXPECT_EQ(s.tell_token("rubbish"), "400 token_malformed");
        EXPECT_EQ(s.tell_token(token), "await");
        if (arrives) {
            s.ports.known_keys = std::move(keys);
        }
        EXPECT_EQ(s.resume(arrives), arrives ? "200" : "400 keys_unavailable");
    }
}

TEST(BackchannelLogout, NewKeyIsFetchedForTokensOfTheProviderOnly) {
    const char* header = R"({"kid":"new","alg":"RS256"})";
    LogoutStory s;
    EXPECT_EQ(
        s.tell_token(SigningKey::ours().token(
            s.of_sid("s1").set("iss", "\"https://evil\"").text(), header)),
        "400 iss_mismatch");
    EXPECT_EQ(
        s.tell_token(SigningKey::ours().token(s.of_sid("s1").text(), header)),
        "await");
    EXPECT_EQ(s.resume(true), "400 unknown_kid");
}

// A logout token is nobody's credential, and an ID token no logout.
TEST(BackchannelLogout, TokensOfOtherKindsAreRefused) {
    LogoutStory s;
    s.provider.logout.backchannel_path = kBack;
    EXPECT_EQ(s.tell(good_claims(s.provider, "n", s.now)
                         .set("jti", "\"j\"")
                         .set("sid", "\"s1\"")),
              kNoLogoutToken);
    Visit visit(s, Request::plain("/api"));
    const auto verified = token::verify_bearer(
        visit.context(), SigningKey::ours().token(s.of_sub("user-1").text()),
        s.now);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, base::Errc::token_use_mismatch);
}

}  // namespace
}  // namespace oidc::test
