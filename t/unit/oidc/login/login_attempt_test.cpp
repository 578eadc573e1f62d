// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/login_attempt.hpp"

#include <gmock/gmock.h>

#include "oidc/login_story.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/web/cookie_sealer.hpp"

namespace oidc::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A world in which one login has begun.
class Begun : public LoginStory {
public:
    explicit Begun(Provider p = generic_provider()) : LoginStory(std::move(p)) {
        begin();
    }
    base::Result<login::LoginAttempt> find(Request request = {}) {
        return find(state, std::move(request));
    }
    base::Result<login::LoginAttempt> find(std::string_view wanted,
                                           Request request = {}) {
        Visit visit(*this, with_jar(std::move(request)));
        return login::find_attempt(visit.context(), wanted);
    }
    Request with_jar(Request request) {
        return Visit::with_cookies(*this, std::move(request));
    }
    CookieJar::Cookie& cookie() { return jar.cookies().front(); }
};

std::string found(const base::Result<login::LoginAttempt>& attempt) {
    return attempt ? "found" : std::string(base::word(attempt.error().code));
}

TEST(LoginAttempt, RoundTrips) {
    Begun story;
    auto attempt = story.find();
    ASSERT_TRUE(attempt);
    EXPECT_EQ(attempt->state, story.state);
    EXPECT_EQ(attempt->nonce, story.nonce);
    EXPECT_EQ(attempt->code_verifier.size(), 43);
    EXPECT_EQ(attempt->target.text(), "/app?a=1&b=%26");
    EXPECT_EQ(attempt->redirect_uri, "https://app.example/oidc_callback");
    EXPECT_EQ(attempt->issuer, kIssuer);
    EXPECT_EQ(attempt->created, kNow);
    EXPECT_EQ(attempt->round, 0);
}

// AC-190
TEST(LoginAttempt, CookieHasItsAttributes) {
    Begun story;
    EXPECT_THAT(story.cookie().name,
                AllOf(StartsWith("__Host-NGX_OIDC_SESSION_login_"),
                      HasSubstr(story.state.substr(0, 8))));
    EXPECT_THAT(story.cookie().attributes,
                AllOf(HasSubstr("; Secure"), HasSubstr("; HttpOnly"),
                      HasSubstr("; SameSite=Lax"), HasSubstr("; Path=/"),
                      Not(HasSubstr("Domain")), HasSubstr("; Max-Age=1800")));
    EXPECT_EQ(story.cookie().value.find(story.state), std::string::npos);
}

TEST(LoginAttempt, CookieIsLaxIfSessionsAreStrict) {
    Provider p = generic_provider();
    p.cookie.same_site = base::SameSite::strict;
    Begun story(std::move(p));
    EXPECT_THAT(story.cookie().attributes, HasSubstr("; SameSite=Lax"));
}

// AC-192
TEST(LoginAttempt, CookieIsExpiredWithItsAttributes) {
    Provider p = generic_provider();
    p.cookie.name = "mine";
    p.cookie.bare_name = true;
    p.cookie.path = "/app";
    p.cookie.domain = "example";
    Begun story(std::move(p));
    Visit visit(story, Request{});
    const std::string forget =
        login::forget_attempt(visit.context(), story.state);
    EXPECT_THAT(forget,
                AllOf(StartsWith(story.cookie().name + "="),
                      HasSubstr("; Path=/app"), HasSubstr("; Domain=example"),
                      HasSubstr("; Secure"), HasSubstr("Max-Age=0")));
    story.jar.take(forget);
    EXPECT_EQ(story.jar.size(), 0);
}

// AC-111
TEST(LoginAttempt, AnotherStateIsUnknown) {
    Begun story;
    std::string near = story.state;
    near.back() = near.back() == 'A' ? 'B' : 'A';
    const std::string states[] = {"",
                                  "x",
                                  near,
                                  story.state.substr(0, 31),
                                  story.state.substr(0, 8),
                                  story.state + "A",
                                  std::string(10240, 'A'),
                                  story.state.substr(0, 8) + "%00",
                                  story.nonce};
    for (const std::string& state : states) {
        EXPECT_EQ(found(story.find(state)), "state_unknown") << state;
    }
}

// AC-112
TEST(LoginAttempt, IsUnknownInAnotherBrowser) {
    Begun story;
    story.jar.cookies().clear();
    EXPECT_EQ(found(story.find()), "state_unknown");
}

// AC-126: all bytes, each in several ways.
TEST(LoginAttempt, AnAlteredCookieIsUnknown) {
    Begun story;
    const std::string good = story.cookie().value;
    for (std::size_t i = 0; i < good.size(); i++) {
        for (const char c : {'A', 'B', '_', '='}) {
            story.cookie().value = good;
            story.cookie().value[i] = c;
            if (story.cookie().value != good) {
                ASSERT_EQ(found(story.find()), "state_unknown") << i << c;
            }
        }
    }
    for (std::size_t size = 0; size < good.size(); size++) {
        story.cookie().value = good.substr(0, size);
        ASSERT_EQ(found(story.find()), "state_unknown") << size;
    }
    story.cookie().value = good + "A";
    EXPECT_EQ(found(story.find()), "state_unknown");
}

// AC-173
TEST(LoginAttempt, SessionCookieIsUnknown) {
    Begun story;
    const std::string name = story.cookie().name;
    auto sealed = story.ports.sealer().seal(
        {oidc::web::Purpose::session, name, "idp", story.provider.client_id,
         "https://app.example"},
        "anything");
    ASSERT_TRUE(sealed);
    story.cookie().value = sealed->text();
    EXPECT_EQ(found(story.find()), "state_unknown");
}

// AC-173, AC-123: of another provider, under another name; AC-204: of
// another host.
TEST(LoginAttempt, IsBoundToProviderNameAndHost) {
    Begun story;
    story.provider.name = "other";
    EXPECT_EQ(found(story.find()), "state_unknown");
    story.provider.name = "idp";
    Request elsewhere;
    elsewhere.host = "b.example";
    EXPECT_EQ(found(story.find(elsewhere)), "state_unknown");
    EXPECT_EQ(found(story.find()), "found");

    const std::string first = story.cookie().value;
    story.jar.cookies().clear();
    story.begin();
    story.cookie().value = first;
    EXPECT_EQ(found(story.find()), "state_unknown");
}

// AC-177
TEST(LoginAttempt, AnotherVersionIsUnknown) {
    Begun story;
    const std::string name = story.cookie().name;
    for (const std::string& plain :
         {std::string(), std::string("\x02", 1), std::string("\x01", 1),
          std::string(64, '\xff'), std::string(64, '\0')}) {
        auto sealed = story.ports.sealer().seal(
            {oidc::web::Purpose::login_attempt, name, "idp",
             story.provider.client_id, "https://app.example"},
            plain);
        ASSERT_TRUE(sealed);
        story.cookie().value = sealed->text();
        EXPECT_EQ(found(story.find()), "state_unknown");
    }
}

// AC-182: a sibling domain may put a few in front, and no flood helps it.
TEST(LoginAttempt, IsFoundBehindACookieOfAnotherSite) {
    Begun story;
    const CookieJar::Cookie own = story.cookie();
    story.jar.cookies() = {{own.name, "tossed", ""}, own};
    EXPECT_EQ(found(story.find()), "found");
    story.jar.cookies().assign(50, {own.name, "tossed", ""});
    story.jar.cookies().push_back(own);
    EXPECT_EQ(found(story.find()), "state_unknown");
}

// AC-114
TEST(LoginAttempt, LivesForLoginTimeout) {
    Begun story;
    auto attempt = story.find();
    ASSERT_TRUE(attempt);
    const Provider& p = story.provider;
    EXPECT_FALSE(login::is_expired(*attempt, p, kNow));
    EXPECT_FALSE(login::is_expired(*attempt, p,
                                   kNow + p.login_timeout - base::Seconds(1)));
    EXPECT_TRUE(login::is_expired(*attempt, p, kNow + p.login_timeout));
    // AC-087: a clock that was stepped back.
    EXPECT_FALSE(login::is_expired(*attempt, p, kNow - p.leeway));
    EXPECT_TRUE(login::is_expired(*attempt, p, kNow - base::Seconds(3600)));
}

// AC-188
TEST(LoginAttempt, SeveralTabsLogInAtOnce) {
    LoginStory story;
    std::vector<std::string> states;
    for (int i = 0; i < 7; i++) {
        story.begin("/tab?" + std::to_string(i));
        states.push_back(story.state);
        story.now += base::Seconds(1);
    }
    EXPECT_EQ(story.login_cookies(), 7);
    Visit visit(story, Visit::with_cookies(story, Request{}));
    for (std::size_t i = 0; i < states.size(); i++) {
        auto attempt = login::find_attempt(visit.context(), states[i]);
        ASSERT_TRUE(attempt) << i;
        EXPECT_EQ(attempt->target.text(), "/tab?" + std::to_string(i));
    }
}

// AC-187
TEST(LoginAttempt, OldestIsExpiredIfThereAreTooMany) {
    LoginStory story;
    std::string first;
    for (int i = 0; i < 50; i++) {
        story.begin("/app");
        first = i == 0 ? story.state : first;
        story.now += base::Seconds(1);
        ASSERT_LE(story.login_cookies(), web::kMaxLoginCookies);
    }
    EXPECT_EQ(story.login_cookies(), web::kMaxLoginCookies);
    Visit visit(story, Visit::with_cookies(story, Request{}));
    EXPECT_EQ(found(login::find_attempt(visit.context(), first)),
              "state_unknown");
    EXPECT_EQ(found(login::find_attempt(visit.context(), story.state)),
              "found");
}

TEST(LoginAttempt, UnreadableCookiesAreExpiredFirst) {
    LoginStory story;
    story.begin();
    const std::string mine = story.state;
    for (int i = 0; i < 6; i++) {
        story.jar.cookies().push_back(
            {"__Host-NGX_OIDC_SESSION_login_junk" + std::to_string(i), "x",
             ""});
    }
    story.begin();
    EXPECT_EQ(story.login_cookies(), web::kMaxLoginCookies);
    Visit visit(story, Visit::with_cookies(story, Request{}));
    EXPECT_EQ(found(login::find_attempt(visit.context(), mine)), "found");
}

// Long targets must not fill the header line that the session's cookie needs.
TEST(LoginAttempt, AllCookiesTogetherAreBounded) {
    LoginStory story;
    for (int i = 0; i < 6; i++) {
        story.begin("/" + std::string(2000, 'a'));
        story.now += base::Seconds(1);
        std::size_t size = 0;
        for (const auto& cookie : story.jar.cookies()) {
            EXPECT_LE(cookie.name.size() + cookie.value.size(), 4096);
            size += cookie.name.size() + cookie.value.size();
        }
        EXPECT_LE(size, login::kMaxLoginCookieBytes);
        EXPECT_GE(story.login_cookies(), 1);
    }
}

TEST(LoginAttempt, OtherCookiesAreKept) {
    LoginStory story;
    for (int i = 0; i < 20; i++) {
        story.jar.cookies().push_back(
            {"app" + std::to_string(i), "_login_", ""});
    }
    const Response a = story.begin();
    EXPECT_EQ(a.set_cookies.size(), 1);
    EXPECT_EQ(story.jar.size(), 21);
}

}  // namespace
}  // namespace oidc::test
