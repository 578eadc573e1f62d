// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oidc/web/cookie_chunks.hpp"
#include "oidc/session_story.hpp"
#include "oidc/session/record.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::Each;
using testing::HasSubstr;

class CookieStore : public testing::Test {
protected:
    oidc::session::Record large(std::size_t claim_bytes) {
        oidc::session::Record r = s_.record();
        r.claims =
            R"({"sub":"alice","x":")" + std::string(claim_bytes, 'x') + R"("})";
        return r;
    }
    void break_cookie(std::size_t index, std::size_t at) {
        std::string& value = s_.jar.cookies().at(index).value;
        value[at] = value[at] == 'A' ? 'B' : 'A';
    }

    SessionStory s_{SessionStory::in_cookies()};
};

TEST_F(CookieStore, StoresNothingOnTheServer) {
    ASSERT_EQ(s_.save(), "saved");
    EXPECT_TRUE(s_.ports.sessions.empty());
    EXPECT_EQ(s_.load(), "alice");
    EXPECT_EQ(s_.load_afresh(), "alice");
    EXPECT_EQ(s_.identity->access_token.reveal(), "the-access-token");
}

TEST_F(CookieStore, EveryCharacterCounts) {  // AC-171
    s_.save();
    const std::string good = s_.value();
    for (std::size_t i = 0; i < good.size(); i++) {
        break_cookie(0, i);
        ASSERT_EQ(s_.load_afresh(), "session_invalid") << i;
        s_.jar.cookies().at(0).value = good;
    }
    for (const std::string& bad :
         {std::string(), std::string("A"), good.substr(1), good + "A",
          good + "=", good.substr(0, good.size() - 1), std::string("0."),
          std::string("99999999."), std::string("-1.") + good,
          std::string("4294967297.") + good}) {  // AC-178
        s_.jar.cookies().at(0).value = bad;
        EXPECT_EQ(s_.load_afresh(), "session_invalid") << bad.size();
    }
}

TEST_F(CookieStore, BelongsToProviderAndOrigin) {  // AC-173, AC-204
    s_.save();
    s_.host = "b.example";
    EXPECT_EQ(s_.load(), "session_invalid");
    s_.host = "app.example";
    s_.provider.name = "another";
    EXPECT_EQ(s_.load_afresh(), "session_invalid");
    s_.provider.name = "idp";
    EXPECT_EQ(s_.load_afresh(), "alice");
}

TEST_F(CookieStore, BelongsToItsName) {  // AC-173
    s_.save();
    const std::string value = s_.value();
    s_.provider.cookie.name = "other";
    s_.provider.cookie.bare_name = true;
    EXPECT_EQ(s_.load(s_.request_with("other=" + value)), "session_invalid");
}

TEST_F(CookieStore, LargeSessionsAreSpread) {
    ASSERT_EQ(s_.save(large(2 * oidc::web::kChunkBytes)), "saved");
    ASSERT_GT(s_.jar.size(), 2u);
    EXPECT_EQ(s_.load_afresh(), "alice");
    EXPECT_THAT(s_.set_cookies, Each(HasSubstr("; HttpOnly")));
}

TEST_F(CookieStore, RoundTripsEverySize) {  // AC-180
    for (std::size_t bytes = 2 * oidc::web::kChunkBytes / 4 * 3 - 700;
         bytes < 2 * oidc::web::kChunkBytes / 4 * 3; bytes++) {
        s_.jar = {};
        ASSERT_EQ(s_.save(large(bytes)), "saved");
        ASSERT_EQ(s_.load_afresh(), "alice") << bytes;
    }
}

TEST_F(CookieStore, RefusesMissingOrSwappedChunks) {  // AC-179
    s_.save(large(2 * oidc::web::kChunkBytes));
    const auto whole = s_.jar.cookies();
    ASSERT_EQ(whole.size(), 3u);
    for (std::size_t i = 0; i < whole.size(); i++) {
        s_.jar.cookies() = whole;
        s_.jar.cookies().erase(s_.jar.cookies().begin() +
                               static_cast<std::ptrdiff_t>(i));
        EXPECT_NE(s_.load_afresh(), "alice") << i;
    }
    s_.jar.cookies() = whole;
    std::swap(s_.jar.cookies()[1].value, s_.jar.cookies()[2].value);
    EXPECT_EQ(s_.load_afresh(), "session_invalid");
}

TEST_F(CookieStore, SurplusChunksAreExpired) {  // AC-179
    s_.save(large(3 * oidc::web::kChunkBytes));
    ASSERT_GT(s_.jar.size(), 3u);
    s_.save();
    EXPECT_EQ(s_.jar.size(), 1u);
    EXPECT_EQ(s_.load_afresh(), "alice");
}

TEST_F(CookieStore, TooLargeSessionIsRefusedWhenWritten) {  // AC-181, AC-206
    EXPECT_EQ(s_.save(large(oidc::web::kMaxChunks * oidc::web::kChunkBytes)),
              "session_too_large");
    EXPECT_EQ(s_.jar.size(), 0u);
}

TEST_F(CookieStore, CookiesOfOtherSitesDoNotHideOurs) {  // AC-182
    s_.save();
    const std::string ours = s_.cookie();
    const std::string tossed = std::string(kSessionCookie) + "=tossed";

    EXPECT_EQ(s_.load(s_.request_with(tossed + "; " + ours)), "alice");
    EXPECT_EQ(s_.load(s_.request_with(ours + "; " + tossed)), "alice");
}

TEST_F(CookieStore, TheIdleLimitSlides) {  // AC-194
    s_.save();
    const std::string first = s_.value();
    s_.now += Seconds{60};
    EXPECT_EQ(s_.load(), "alice");
    EXPECT_TRUE(s_.set_cookies.empty()) << "not with every answer";

    s_.now += s_.provider.session_idle_timeout / 2;
    EXPECT_EQ(s_.load(), "alice");
    EXPECT_EQ(s_.set_cookies.size(), 1u);
    EXPECT_NE(s_.value(), first);

    s_.now += s_.provider.session_idle_timeout - Seconds{1};
    EXPECT_EQ(s_.load(), "alice");
    s_.now += s_.provider.session_idle_timeout;
    EXPECT_EQ(s_.load(), "session_expired");
}

TEST_F(CookieStore, TheAbsoluteLimitDoesNot) {  // AC-195
    s_.save();
    const auto end = s_.now + s_.provider.session_timeout;
    for (; s_.now < end; s_.now += s_.provider.session_idle_timeout / 2) {
        ASSERT_EQ(s_.load(), "alice");
    }
    s_.now = end;
    EXPECT_EQ(s_.load(), "session_expired");
}

TEST_F(CookieStore, CachedCookieSlidesToo) {
    s_.save();
    EXPECT_EQ(s_.load(), "alice");
    s_.now += s_.provider.session_idle_timeout / 4;
    EXPECT_EQ(s_.load(), "alice");
    EXPECT_EQ(s_.set_cookies.size(), 1u);
}

TEST_F(CookieStore, EndingExpiresEveryChunk) {  // AC-192
    s_.save(large(2 * oidc::web::kChunkBytes));
    s_.end();
    EXPECT_EQ(s_.set_cookies.size(), 3u);
    EXPECT_EQ(s_.jar.size(), 0u);
    EXPECT_THAT(s_.set_cookies, Each(HasSubstr("; Secure")));
}

TEST_F(CookieStore, LogoutEndsCopiesOfTheCookie) {  // U25
    oidc::session::Record jane = s_.record();
    jane.id = "a random id";
    ASSERT_EQ(s_.save(jane), "saved");
    const CookieJar copy = s_.jar;
    oidc::session::Record john = s_.record("john");
    john.id = "another random id";
    s_.end();
    s_.jar = copy;
    EXPECT_EQ(s_.load(), "session_ended") << "also for a worker that knew it";
    EXPECT_EQ(s_.load_afresh(), "session_ended");
    EXPECT_EQ(s_.ports.noted_ends.size(), 1u);
    EXPECT_TRUE(s_.ports.noted_logouts.empty()) << "which are the provider's";
    const std::uint64_t before = s_.ports.logout_number;
    s_.end();
    EXPECT_EQ(s_.ports.logout_number, before) << "nothing is ended twice";
    s_.jar = CookieJar();
    ASSERT_EQ(s_.save(john), "saved");
    EXPECT_EQ(s_.load_afresh(), "john");
}

TEST_F(CookieStore, ExpiredSessionLeavesNoStamp) {
    oidc::session::Record jane = s_.record();
    jane.id = "a random id";
    ASSERT_EQ(s_.save(jane), "saved");
    s_.now += s_.provider.session_timeout;
    s_.end();
    EXPECT_TRUE(s_.ports.noted_ends.empty());
    EXPECT_EQ(s_.ports.logout_number, 0u);
}

}  // namespace
}  // namespace oidc::test
