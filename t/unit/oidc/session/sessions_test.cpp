// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/limits.hpp"
#include "oidc/session/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "oidc/session_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/record.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

std::string named(std::string_view value) {
    return std::string(kSessionCookie) + "=" + std::string(value);
}

TEST(Sessions, HoldTheIdentity) {
    SessionStory s;
    ASSERT_EQ(s.save(), "saved");
    ASSERT_EQ(s.load(), "alice");

    EXPECT_EQ(s.identity->method, Method::session);
    EXPECT_EQ(s.identity->client_id, kClient);
    EXPECT_EQ(s.identity->scope, "openid email");
    EXPECT_EQ(s.identity->expires, kNow + s.provider.session_timeout);
    EXPECT_EQ(s.identity->access_token.reveal(), "the-access-token");
    EXPECT_EQ(s.identity->id_token.reveal(), "the-id-token");
    EXPECT_EQ(s.identity->userinfo, R"({"a":1})");
    EXPECT_TRUE(s.set_cookies.empty());
    EXPECT_EQ(s.load_afresh(), "alice");
}

TEST(Sessions, ReturnTheWholeRecord) {
    SessionStory s;
    s.save();
    Visit visit(s, s.request());
    auto found = session::find_session(visit.context(), s.now);

    ASSERT_TRUE(found.result());
    EXPECT_EQ(found.result()->record.refresh_token.reveal(),
              "the-refresh-token");
    s.now += s.provider.session_timeout;
    EXPECT_FALSE(session::find_session(visit.context(), s.now).result());
}

TEST(Sessions, CookiesHaveTheirAttributes) {  // AC-190
    SessionStory s;
    s.save();

    ASSERT_EQ(s.set_cookies.size(), 1u);
    EXPECT_THAT(s.set_cookies[0], HasSubstr(kSessionCookie));
    for (const char* attribute :
         {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"}) {
        EXPECT_THAT(s.set_cookies[0], HasSubstr(attribute));
    }
    EXPECT_THAT(s.set_cookies[0], Not(HasSubstr("Domain")));
    EXPECT_EQ(s.value().size(), 43u) << "32 random bytes";  // AC-199
}

TEST(Sessions, AreNotFoundWithoutACookie) {
    SessionStory s;
    EXPECT_EQ(s.load(), "session_missing");
    EXPECT_EQ(s.load(s.request_with("")), "session_missing");
    EXPECT_EQ(s.load(s.request_with("other=1; x")), "session_missing");
}

TEST(Sessions, EveryCharacterOfTheCookieCounts) {  // AC-171
    SessionStory s;
    s.save();
    const std::string good = s.value();

    for (std::size_t i = 0; i < good.size(); i++) {
        for (const char c :
             {'A', 'b', '-', '_', '=', '+', '/', '"', '*', '\x7f', '\xc3'}) {
            std::string bad = good;
            bad[i] = c;
            if (bad != good) {
                EXPECT_NE(s.load(s.request_with(named(bad))), "alice");
            }
        }
        EXPECT_EQ(s.load(s.request_with(named(good.substr(0, i)))),
                  "session_invalid");
    }
    for (const char* tail : {"A", "=", "==", ".", "AAAA"}) {
        EXPECT_EQ(s.load(s.request_with(named(good + tail))),
                  "session_invalid");
    }
    EXPECT_EQ(s.load(s.request_with(named("\"" + good + "\""))),
              "session_invalid");
    EXPECT_EQ(s.load(), "alice");
}

TEST(Sessions, GuessedCookiesAreRefused) {  // AC-199
    SessionStory s;
    s.save();
    for (const std::string& value :
         {std::string(43, '*'), std::string(43, '\n'), std::string(43, ' '),
          std::string(43, '.'), std::string(4096, 'A'), std::string("1"),
          std::string("../../etc/passwd")}) {
        EXPECT_NE(s.load(s.request_with(named(value))), "alice");
    }
    EXPECT_EQ(s.load(s.request_with(named(std::string(43, 'A')))),
              "session_expired")
        << "well formed, and nowhere";
}

TEST(Sessions, NamesAreComparedByteForByte) {  // AC-183, AC-184
    SessionStory s;
    s.save();
    const std::string value = s.value();

    for (const char* name :
         {"NGX_OIDC_SESSION", "__host-NGX_OIDC_SESSION",
          "__Secure-NGX_OIDC_SESSION", "_[Host-NGX_OIDC_SESSION",
          "\xe2\x80\x80__Host-NGX_OIDC_SESSION", "$Version",
          "__Host-NGX_OIDC_SESSION_1"}) {
        EXPECT_EQ(s.load(s.request_with(std::string(name) + "=" + value)),
                  "session_missing")
            << name;
    }
    EXPECT_EQ(s.load(s.request_with("a=\"x; " + named(value) + "; b=y\"")),
              "alice")
        << "quotes mean nothing";
    EXPECT_EQ(s.load(s.request_with("\t " + named(value) + " \t")), "alice");
}

TEST(Sessions, AreFoundInAnyCookieHeader) {  // AC-185
    SessionStory s;
    s.save();
    Request crumbs = s.request();
    crumbs.cookies = {"a=b",
                      ";;;",
                      "=v",
                      "n",
                      "n==",
                      std::string(70000, 'x') + "=1",
                      named(s.value())};
    EXPECT_EQ(s.load(std::move(crumbs)), "alice");
}

TEST(Sessions, CookiesOfOtherSitesDoNotHideOurs) {  // AC-182
    SessionStory s;
    s.save();
    const std::string ours = named(s.value());
    const std::string tossed = named(std::string(43, 'A'));

    EXPECT_EQ(s.load(s.request_with(tossed + "; " + ours)), "alice");
    EXPECT_EQ(s.load(s.request_with(ours + "; " + tossed)), "alice");
    EXPECT_EQ(s.load(s.request_with(tossed + "; " + tossed + "; " + ours)),
              "alice");
    std::string many;
    for (std::size_t i = 1; i < session::kMaxSessionCookies; ++i) {
        many += tossed + "; ";
    }
    EXPECT_EQ(s.load(s.request_with(many + ours)), "alice");
    EXPECT_EQ(s.load(s.request_with(many + tossed + "; " + ours)),
              "session_expired")
        << "a bound";
}

TEST(Sessions, BelongToTheirProvider) {  // AC-173
    SessionStory s;
    s.save();
    s.provider.name = "another";
    EXPECT_NE(s.load_afresh(), "alice");
    s.provider = generic_provider();
    EXPECT_EQ(s.load_afresh(), "alice");
    s.provider.issuer = "https://moved.example";
    s.provider.issuers = {"https://moved.example"};
    EXPECT_EQ(s.load_afresh(), "session_invalid");
}

TEST(Sessions, BelongToTheirOrigin) {  // AC-173, AC-204
    SessionStory s;
    s.save();
    for (const char* host : {"b.example", "app.example:8443", "x.app.example",
                             "app.exampl", "localhost"}) {
        s.host = "app.example";
        ASSERT_EQ(s.load(), "alice");
        s.host = host;
        EXPECT_NE(s.load(), "alice") << host << ", this worker knows it";
        EXPECT_NE(s.load_afresh(), "alice") << host;
    }
    s.host = "app.example";
    EXPECT_EQ(s.load(), "alice");
}

TEST(Sessions, AreSharedWhenACookieDomainSaysSo) {  // AC-204
    Provider sharing = generic_provider();
    sharing.cookie.domain = "example";
    SessionStory s(std::move(sharing));
    s.save();
    s.host = "b.example";
    EXPECT_EQ(s.load_afresh(), "alice");
}

TEST(Sessions, NeedAHostToBelongTo) {
    SessionStory s;
    s.save();
    s.host = "";
    s.provider.cookie.secure = CookieSecure::on;
    EXPECT_EQ(s.load(), "session_invalid");
    EXPECT_EQ(s.save(), "callback_malformed");
}

TEST(Sessions, AlwaysGetANewId) {  // AC-170, AC-203
    SessionStory s;
    s.save("attacker");
    const std::string planted = s.value();
    s.save("victim");

    EXPECT_NE(s.value(), planted);
    EXPECT_EQ(s.load(), "victim");
    EXPECT_EQ(s.load(s.request_with(named(planted))), "session_expired");
    EXPECT_EQ(s.ports.sessions.size(), 1u) << "the old record is gone";
}

TEST(Sessions, PlantedIdIsNotUsedAndFindsNothing) {  // AC-170
    SessionStory s;
    const std::string planted(43, 'A');
    s.jar.take(named(planted) + "; Path=/");
    s.save("victim");
    EXPECT_NE(s.value(), planted);
    EXPECT_EQ(s.load(s.request_with(named(planted))), "session_expired");
}

TEST(Sessions, StayEnded) {  // AC-192
    SessionStory s;
    s.save();
    s.load();
    const std::string kept = s.cookie();
    s.end();

    EXPECT_EQ(s.jar.size(), 0u) << "the browser obeyed";
    EXPECT_TRUE(s.ports.sessions.empty());
    EXPECT_EQ(s.load(s.request_with(kept)), "session_expired");
    ASSERT_EQ(s.set_cookies.size(), 1u);
    for (const char* part :
         {"__Host-NGX_OIDC_SESSION=;", "; Path=/", "; Secure", "Max-Age=0"}) {
        EXPECT_THAT(s.set_cookies[0], HasSubstr(part));
    }
}

TEST(Sessions, EndedByAnotherWorkerAreNotCached) {
    SessionStory s;
    s.save();
    EXPECT_EQ(s.load(), "alice") << "remembered here";
    s.ports.sessions.clear();  // logout elsewhere, AC-197, AC-198
    EXPECT_EQ(s.load(), "session_expired");
}

TEST(Sessions, ReplacedByAnotherWorkerAreReadAgain) {
    SessionStory s;
    s.save();
    EXPECT_EQ(s.load(), "alice");
    for (auto& [key, session] : s.ports.sessions) {
        session.stored.handle.version++;
        session.stored.bytes = "rubbish";
    }
    EXPECT_EQ(s.load(), "session_invalid");
}

TEST(Sessions, IdleLimit) {  // AC-194
    SessionStory s;
    s.save();
    s.now += s.provider.session_idle_timeout - Seconds{1};
    EXPECT_EQ(s.load_afresh(), "alice");
    s.now += s.provider.session_idle_timeout;
    EXPECT_EQ(s.load(), "session_expired");
    EXPECT_EQ(s.load_afresh(), "session_expired");
}

TEST(Sessions, UseMovesTheIdleLimitUpToTheAbsoluteOne) {  // AC-194, AC-195
    SessionStory s;
    s.save();
    const auto end = s.now + s.provider.session_timeout;
    const auto step = s.provider.session_idle_timeout - Seconds{1};

    for (; s.now < end; s.now += step) {
        ASSERT_EQ(s.load(), "alice");
    }
    s.now = end - Seconds{1};
    EXPECT_EQ(s.load(), "alice");
    s.now = end;
    EXPECT_EQ(s.load(), "session_expired");
    EXPECT_EQ(s.load_afresh(), "session_expired");
}

TEST(Sessions, UseInAnotherWorkerMovesTheIdleLimit) {  // AC-194
    SessionStory s;
    s.save();
    EXPECT_EQ(s.load(), "alice");
    s.now += s.provider.session_idle_timeout - Seconds{1};
    for (auto& [key, session] : s.ports.sessions) {
        session.stored.last_used = s.now;  // by another worker
    }
    s.now += Seconds{2};
    EXPECT_EQ(s.load(), "alice");
}

TEST(Sessions, LastUseIsWrittenOnceASecond) {
    SessionStory s;
    s.save();
    s.load();
    s.ports.touched.clear();
    s.load();
    EXPECT_TRUE(s.ports.touched.empty());
    s.now += Seconds{1};
    s.load();
    EXPECT_EQ(s.ports.touched.size(), 1u);
}

TEST(Sessions, ShortenedLimitAppliesToOldSessions) {
    SessionStory s;
    s.save();
    s.provider.session_timeout = Seconds{60};
    s.now += Seconds{60};
    EXPECT_EQ(s.load_afresh(), "session_expired");
}

TEST(Sessions, ZeroIdleLimitIsNone) {
    SessionStory s;
    s.provider.session_idle_timeout = Seconds{0};
    s.save();
    s.now += s.provider.session_timeout - Seconds{1};
    EXPECT_EQ(s.load_afresh(), "alice");
    s.now += Seconds{1};
    EXPECT_EQ(s.load(), "session_expired");
}

TEST(Sessions, TimesAre64BitsWide) {  // AC-196
    SessionStory s;
    s.now = base::instant(0x7fffffff - 10);
    s.save();
    s.now += Seconds{20};
    EXPECT_EQ(s.load_afresh(), "alice");
    s.now += s.provider.session_idle_timeout;
    EXPECT_EQ(s.load_afresh(), "session_expired");
}

TEST(Sessions, StoreHoldsNothingReadable) {  // AC-200
    SessionStory s;
    s.save();
    ASSERT_EQ(s.ports.sessions.size(), 1u);
    const auto& [key, session] = *s.ports.sessions.begin();

    for (const char* secret : {"alice", "the-id-token", "the-access-token",
                               "the-refresh-token", "idp.example"}) {
        EXPECT_THAT(session.stored.bytes, Not(HasSubstr(secret)));
    }
    const auto id = base::base64url_decode(s.value());
    ASSERT_TRUE(id);
    EXPECT_NE(crypto::view(key), *id);
    EXPECT_NE(crypto::view(key), crypto::view(crypto::sha256(*id)));
    EXPECT_THAT(session.stored.bytes, Not(HasSubstr(*id)));
}

TEST(Sessions, RecordsCannotBeMovedOrChanged) {  // AC-171, AC-200
    SessionStory s;
    s.save("alice");
    const std::string alice = s.cookie();
    const SessionKey place = s.ports.sessions.begin()->first;
    s.jar = {};
    s.save("bob");

    for (auto& [key, session] : s.ports.sessions) {
        if (key != place) {
            session.stored.bytes = s.ports.sessions[place].stored.bytes;
        }
    }
    EXPECT_EQ(s.load_afresh(), "session_invalid") << "alice's, moved to bob";
    s.ports.sessions[place].stored.bytes.back() ^= 1;
    EXPECT_EQ(s.load(s.request_with(alice)), "session_invalid");
}

TEST(Sessions, StoreFailureFailsTheLogin) {  // AC-208
    SessionStory s;
    s.ports.store_fails = true;
    EXPECT_EQ(s.save(), "store_failed");
    EXPECT_EQ(s.jar.size(), 0u);
    s.ports.store_fails = false;
    s.ports.random_fails = true;  // AC-334
    EXPECT_EQ(s.save(), "random_failed");
    EXPECT_TRUE(s.ports.sessions.empty());
}

TEST(Sessions, RecordsAreBoundToTheirProvider) {  // AC-173
    SessionStory s;
    oidc::session::Record r = s.record();
    r.provider = "another";
    s.save(r);
    EXPECT_EQ(s.load(), "session_invalid");
}

TEST(Sessions, MalformedClaimsAreRefused) {
    SessionStory s;
    oidc::session::Record r = s.record();
    r.claims = "[]";
    s.save(r);
    EXPECT_EQ(s.load(), "session_invalid");
}

TEST(Sessions, OwnerIsTheSubjectOfTheProvider) {  // AC-423
    SessionStory s;
    const auto owner = [&s](std::string_view sub) {
        s.ports.owners.clear();
        EXPECT_EQ(s.save(sub), "saved");
        return s.ports.owners.begin()->second;
    };
    const auto alice = owner("alice");
    EXPECT_EQ(owner("alice"), alice);
    EXPECT_NE(owner("bob"), alice);
    s.provider.name = "another";
    EXPECT_NE(owner("alice"), alice);
}

TEST(Sessions, RecordBeyondTheLimitIsRefused) {  // AC-423
    SessionStory s;
    oidc::session::Record r = s.record();
    r.userinfo = std::string(session::kMaxRecordBytes, 'x');
    EXPECT_EQ(s.save(r), "session_too_large");
    r.userinfo.resize(session::kMaxRecordBytes - 1000);
    EXPECT_EQ(s.save(r), "saved");
}

TEST(Sessions, ManyLoginsOfOneBrowserLeaveOneSession) {  // AC-202
    SessionStory s;
    for (int i = 0; i < 50; i++) {
        ASSERT_EQ(s.save(), "saved");
    }
    EXPECT_EQ(s.ports.sessions.size(), 1u);
    EXPECT_EQ(s.jar.size(), 1u);
    EXPECT_EQ(s.load(), "alice");
}

}  // namespace
}  // namespace oidc::test
