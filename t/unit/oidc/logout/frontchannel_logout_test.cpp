// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "oidc/logout_story.hpp"

namespace oidc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kIss = "iss=https%3A%2F%2Fidp.example";

std::string of(const char* sid) {
    return std::string("?") + kIss + "&sid=" + sid;
}

TEST(FrontchannelLogout, EndsTheBrowsersOwnSession) {
    for (Provider (*make)() :
         {+[] { return LogoutStory::told(generic_provider()); },
          LogoutStory::in_cookies}) {
        LogoutStory s(make());
        const CookieJar jane = s.browser("s1");
        const CookieJar other = s.browser("s2");
        EXPECT_EQ(s.frame(jane, of("s1")), "200");
        EXPECT_EQ(s.jar.size(), 0u) << "its cookies are taken back";
        EXPECT_NE(s.meet(jane), "in") << "a copy of the cookie";
        EXPECT_NE(s.meet_afresh(jane), "in");
        EXPECT_EQ(s.meet(other), "in");
    }
}

// AC-276
TEST(FrontchannelLogout, NoOtherSessionEnds) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    const CookieJar mallory = s.browser("s2", "user-2");
    const CookieJar unnamed = s.browser(nullptr);
    EXPECT_EQ(s.frame(mallory, of("s1")), "200 logout_refused");
    EXPECT_EQ(s.frame(jane, of("s2")), "200 logout_refused");
    EXPECT_EQ(s.frame(jane, "?iss=https%3A%2F%2Fevil.example&sid=s1"),
              "200 logout_refused");
    EXPECT_EQ(s.frame(jane, "?iss=&sid=s1"), "200 logout_refused");
    EXPECT_EQ(s.frame(unnamed, "?" + std::string(kIss) + "&sid="),
              "200 logout_refused");
    EXPECT_EQ(s.frame(CookieJar(), of("s1")), "200");
    EXPECT_TRUE(s.last.set_cookies.empty());
    for (const CookieJar& jar : {jane, mallory, unnamed}) {
        EXPECT_EQ(s.meet(jar), "in");
    }
    EXPECT_EQ(s.ports.logout_number, 0u);
}

TEST(FrontchannelLogout, WithoutParametersEndsTheSessionOfTheCookie) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    const CookieJar unnamed = s.browser(nullptr);
    EXPECT_EQ(s.frame(jane, ""), "200");
    EXPECT_NE(s.meet(jane), "in");
    EXPECT_EQ(s.meet(unnamed), "in");
    EXPECT_EQ(s.frame(unnamed, "?"), "200");
    EXPECT_NE(s.meet(unnamed), "in");
}

// AC-276: missing, or twice.
TEST(FrontchannelLogout, IssOrSidAloneIsRefused) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    for (const std::string& query :
         {std::string("?sid=s1"), "?" + std::string(kIss), of("s1&sid=s1"),
          of("s1") + "&" + kIss, of("%zz")}) {
        EXPECT_EQ(s.frame(jane, query), "400 logout_malformed") << query;
        EXPECT_TRUE(s.last.set_cookies.empty());
    }
    EXPECT_EQ(s.meet(jane), "in");
}

TEST(FrontchannelLogout, OnlyGetLogsOut) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    Request r;
    r.uri = kFront + of("s1");
    for (const char* method : {"POST", "HEAD", "OPTIONS", "PUT"}) {
        r.method = method;
        EXPECT_EQ(s.frame_by(jane, r), "405 method_not_allowed") << method;
        EXPECT_EQ(s.last.allow, "GET");
    }
    r.method = "GET";
    r.sec_purpose = "prefetch";
    EXPECT_EQ(s.frame_by(jane, r), "400 logout_malformed");
    EXPECT_EQ(s.meet(jane), "in");
}

// AC-276: nobody who is not logged in makes us call the provider.
TEST(FrontchannelLogout, RevokesNothing) {
    LogoutStory s;
    s.ports.known_metadata->endpoints.revocation = "https://idp.example/r";
    EXPECT_EQ(s.frame(s.browser("s1"), of("s1")), "200");
}

TEST(FrontchannelLogout, TheProviderAloneMayFrameThePage) {
    LogoutStory s;
    s.ports.known_metadata->endpoints.end_session =
        "https://login.example:8443/end?x";
    s.frame(s.browser("s1"), of("s1"));
    EXPECT_EQ(s.last.frame_ancestors,
              "https://idp.example https://login.example:8443");
    s.ports.known_metadata.reset();
    s.frame(CookieJar(), "");
    EXPECT_EQ(s.last.frame_ancestors, "https://idp.example");
}

// AC-276: no XSS: nothing of the request is on the page.
TEST(FrontchannelLogout, PageIsTheSameForEveryResult) {
    LogoutStory s;
    const CookieJar jane = s.browser("s1");
    s.frame(CookieJar(), of("s1"));
    const std::string nobody = s.last.body;
    s.frame(jane, of("%3Cscript%3E"));
    EXPECT_EQ(s.last.body, nobody);
    s.frame(jane, of("s1"));
    EXPECT_EQ(s.last.body, nobody);
    EXPECT_THAT(nobody, Not(HasSubstr("script")));
}

}  // namespace
}  // namespace oidc::test
