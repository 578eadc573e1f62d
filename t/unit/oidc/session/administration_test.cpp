// SPDX-License-Identifier: Apache-2.0
// What an administrator orders: whom it reaches, and who may not order it.
#include "oidc/session/administration.hpp"

#include <gmock/gmock.h>

#include "oidc/access/access.hpp"
#include "oidc/exchange_story.hpp"
#include "oidc/session_story.hpp"
#include "oidc/token/access_token.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

// The request of a program.
Request order(std::string method, std::string uri) {
    Request r = Request::plain(std::move(uri));
    r.method = std::move(method);
    return r;
}
Request posted(std::string body, std::string type = "application/json") {
    Request r = order("POST", "/sessions");
    r.body = std::move(body);
    r.content_type = std::move(type);
    return r;
}
std::string denial(std::string_view kind, std::string_view value,
                   std::string_view until = "1790000600") {
    return R"({"kind":")" + std::string(kind) + R"(","value":")" +
           std::string(value) + R"(","provider":"idp","until":)" +
           std::string(until) + "}";
}

// The status, and the body behind it.
std::string told(World& world, Request r) {
    Visit visit(world, std::move(r));
    const auto flow = session::administer(visit.context());
    const Step step = flow->begin(world.now);
    const auto* answer = as<Response>(step);
    return answer ? std::to_string(answer->status) + " " + answer->body
                  : summary(step);
}

class AdminStory : public SessionStory {
public:
    explicit AdminStory(Provider p = generic_provider())
        : SessionStory(std::move(p)) {}

    std::string tell(Request r) { return told(*this, std::move(r)); }
    std::string deny(std::string_view kind, std::string_view value) {
        return tell(posted(denial(kind, value))).substr(0, 3);
    }
    // What a request with the jar's cookies comes to.
    std::string ask() { return ask(request()); }
    std::string ask(Request r) {
        Visit visit(*this, std::move(r));
        return summary(access::protect(visit.context())->begin(now));
    }
    std::string ask_by_script() {
        return ask(Visit::with_cookies(*this, Request::fetch("/api")));
    }
    std::string ask_with_token(std::string_view more) {
        Payload c;
        c.set("iss", json_string(kIssuer))
            .set("client_id", json_string(kClient))
            .set("sub", json_string("alice"))
            .set("scope", json_string("read"))
            .set("exp", number(now + Seconds{600}));
        std::string text = c.text();
        text.insert(text.size() - 1, more);
        return ask_as("Bearer " + SigningKey::ours().token(text));
    }
    std::string ask_as(std::string authorization) {
        Request r = Request::plain("/api");
        r.authorization = {std::move(authorization)};
        return ask(std::move(r));
    }
    void enter(std::string_view claims, std::string sid = "") {
        auto r = record();
        r.claims = claims;
        r.sid = std::move(sid);
        ASSERT_EQ(save(r), "saved");
    }
};

Provider (*const kAdminStores[])() = {generic_provider,
                                      SessionStory::in_cookies};

// --- whom a denial reaches --------------------------------------------------

// AC-451
TEST(Denial, RefusesTheSessionOfAUser) {
    for (const auto store : kAdminStores) {
        AdminStory s(store());
        ASSERT_EQ(s.save(), "saved");
        ASSERT_EQ(s.ask(), "allow");
        ASSERT_EQ(s.ask(), "allow") << "which this worker knows now";
        ASSERT_EQ(s.deny("sub", "alice"), "200");
        EXPECT_EQ(s.ask(), "403 denied");
        EXPECT_EQ(s.ask_by_script(), "403 denied");
        s.ports.forget_identities();
        EXPECT_EQ(s.ask(), "403 denied") << "on another worker";
        s.jar = CookieJar();
        s.now += Seconds{1};
        ASSERT_EQ(s.save(), "saved");
        EXPECT_EQ(s.ask(), "403 denied") << "after another login";
        s.now = kNow + Seconds{600};
        EXPECT_EQ(s.ask(), "allow") << "when it is over";
    }
}

// AC-451
TEST(Denial, ReachesNobodyElse) {
    for (const auto store : kAdminStores) {
        AdminStory s(store());
        ASSERT_EQ(s.save("bob"), "saved");
        ASSERT_EQ(s.deny("sub", "alice"), "200");
        ASSERT_EQ(s.deny("sid", "bob"), "200");
        ASSERT_EQ(s.deny("jti", "bob"), "200");
        ASSERT_EQ(s.deny("client_id", "bob"), "200");
        EXPECT_EQ(s.ask(), "allow");
        AdminStory elsewhere(store());
        ASSERT_EQ(elsewhere.save(), "saved");
        elsewhere.ports.denied = s.ports.denied;
        elsewhere.ports.denial_number = 1;
        elsewhere.provider.name = "another";
        elsewhere.jar = CookieJar();
        ASSERT_EQ(elsewhere.save(), "saved");
        EXPECT_EQ(elsewhere.ask(), "allow") << "of another provider";
    }
}

// AC-451
TEST(Denial, OfALoginEndsItsSessionAlone) {
    for (const auto store : kAdminStores) {
        for (const char* kind : {"sid", "jti", "origin_jti"}) {
            AdminStory s(store());
            s.enter(R"({"sub":"alice","jti":"x","origin_jti":"x"})", "x");
            ASSERT_EQ(s.ask(), "allow");
            ASSERT_EQ(s.deny(kind, "y"), "200");
            ASSERT_EQ(s.ask(), "allow");
            ASSERT_EQ(s.deny(kind, "x"), "200");
            EXPECT_EQ(s.ask_by_script(), "401 session_ended") << kind;
            EXPECT_EQ(s.ask(), "302") << "to log in again";
        }
    }
}

TEST(Denial, OfTheOwnClientRefusesItsSessions) {
    AdminStory s;
    ASSERT_EQ(s.save(), "saved");
    ASSERT_EQ(s.deny("client_id", kClient), "200");
    EXPECT_EQ(s.ask(), "403 denied");
}

// AC-452
TEST(Denial, RefusesTokens) {
    const std::pair<const char*, const char*> kinds[] = {
        {"sub", "403 denied"},
        {"client_id", "403 denied"},
        {"sid", "401 token_denied"},
        {"jti", "401 token_denied"},
        {"origin_jti", "401 token_denied"}};
    for (const auto& [kind, refusal] : kinds) {
        AdminStory s;
        const std::string value = std::string(kind) == "client_id" ? kClient
                                  : std::string(kind) == "sub"     ? "alice"
                                                                   : "x";
        const auto ask = [&] {
            return s.ask_with_token(R"(,"sid":"x","jti":"x","origin_jti":"x")");
        };
        ASSERT_EQ(ask(), "allow");
        ASSERT_EQ(s.deny(kind, "other"), "200");
        ASSERT_EQ(ask(), "allow") << kind;
        ASSERT_EQ(s.deny(kind, value), "200");
        EXPECT_EQ(ask(), refusal) << kind;
        EXPECT_EQ(s.ask_with_token(""), value == "x" ? "allow" : refusal);
    }
}

// AC-452: what this worker has accepted is not accepted again.
TEST(Denial, IsHeardByTheFastPath) {
    AdminStory s;
    s.location.index = 3;
    Payload c;
    c.set("iss", json_string(kIssuer))
        .set("client_id", json_string(kClient))
        .set("sub", json_string("alice"))
        .set("scope", json_string("read"))
        .set("exp", number(s.now + Seconds{600}));
    const std::string header = "Bearer " + SigningKey::ours().token(c.text());
    const auto decide = [&] {
        access::Shown shown;
        shown.scheme = "https";
        shown.authorizations = 1;
        shown.authorization = header;
        return s.ports.accept_cache().decide(
            shown, s.provider, s.location, s.ports.keys_generation,
            s.ports.records(), s.ports.marks(), s.now);
    };
    const auto first = decide();
    ASSERT_FALSE(first.identity || first.is_accepted);
    ASSERT_EQ(s.ask_as(header), "allow");
    ASSERT_EQ(s.ask_as(header), "allow");
    ASSERT_TRUE(decide().identity) << "by its bytes";
    ASSERT_EQ(s.deny("sub", "nobody"), "200");
    const auto then = decide();
    EXPECT_FALSE(then.identity || then.is_accepted);
    ASSERT_EQ(s.ask_as(header), "allow");
    EXPECT_TRUE(decide().identity);
    ASSERT_EQ(s.deny("sub", "alice"), "200");
    EXPECT_FALSE(decide().identity || decide().is_accepted);
    EXPECT_EQ(s.ask_as(header), "403 denied");
    EXPECT_FALSE(decide().identity || decide().is_accepted);
}

TEST(Denial, IsUndone) {
    AdminStory s;
    ASSERT_EQ(s.save(), "saved");
    ASSERT_EQ(s.deny("sub", "alice"), "200");
    ASSERT_EQ(s.ask(), "403 denied");
    EXPECT_EQ(s.tell(posted(denial("sub", "alice", "0"))),
              R"(200 {"provider":"idp","kind":"sub","value":"alice",)"
              R"("denied_until":0})");
    EXPECT_EQ(s.ask(), "allow");
}

// What another nginx has undone counts, also if it cannot undo the stamp under
// a key that it does not have.
TEST(Denial, IsJudgedByTheFirstStampThatIsThere) {
    FakePorts ports;
    const auto shared = crypto::sha256("shared");
    const auto own = crypto::sha256("own");
    const auto denied = [&] {
        return session::is_denied(ports.marks(), {shared, own}, kNow);
    };
    EXPECT_FALSE(denied());
    ports.marks().deny(own, kNow, kNow + Seconds{9});
    EXPECT_TRUE(denied());
    ports.marks().deny(shared, kNow, kNow + Seconds{9});
    EXPECT_TRUE(denied());
    ports.marks().undo_denial(shared, kNow);
    EXPECT_FALSE(denied());
}

TEST(Denial, ThatMayExistRefusesAllCredentials) {
    AdminStory s;
    ASSERT_EQ(s.save(), "saved");
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.ask_with_token(""), "allow");
    s.ports.informed = false;
    EXPECT_EQ(s.ask(), "503 store_unavailable");
    EXPECT_EQ(s.ask_with_token(""), "503 store_unavailable");
    s.ports.informed = true;
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.ask_with_token(""), "allow");
}

TEST(Denial, WithoutRoomIsRefused) {
    AdminStory s;
    ASSERT_EQ(s.save(), "saved");
    s.ports.denials_full = true;
    EXPECT_THAT(s.tell(posted(denial("sub", "alice"))),
                HasSubstr(R"(507 {"provider":"idp","error":"store_failed")"));
    EXPECT_EQ(s.ask(), "allow");
}

TEST(Denial, IsNoLessForStrangersThatPass) {
    AdminStory s;
    s.location.unauthenticated = Unauthenticated::pass;
    ASSERT_EQ(s.save(), "saved");
    ASSERT_EQ(s.deny("sub", "alice"), "200");
    EXPECT_EQ(s.ask(), "403 denied");
}

// --- to list and to end -----------------------------------------------------

TEST(Sessions, OfASubjectAreListed) {
    AdminStory s;
    ASSERT_EQ(s.save("bob"), "saved");
    s.jar = CookieJar();
    EXPECT_EQ(s.tell(order("GET", "/s?sub=alice")),
              R"(200 {"provider":"idp","sessions":[]})");
    ASSERT_EQ(s.save(), "saved");
    s.now += Seconds{5};
    ASSERT_EQ(s.load_afresh(), "alice");
    const std::string list = s.tell(order("GET", "/s?sub=alice"));
    const std::string begun = std::to_string(base::seconds(kNow));
    const std::string used = std::to_string(base::seconds(s.now));
    const std::string ends =
        std::to_string(base::seconds(kNow + s.provider.session_timeout));
    EXPECT_THAT(list, HasSubstr("\"begun\":" + begun + ",\"last_used\":" +
                                used + ",\"expires\":" + ends + "}]"));
    EXPECT_THAT(list, Not(HasSubstr(s.value())));
    EXPECT_THAT(list, Not(HasSubstr("},{"))) << "bob's is not among them";
    s.now += s.provider.session_idle_timeout;
    EXPECT_EQ(s.tell(order("GET", "/s?sub=alice")),
              R"(200 {"provider":"idp","sessions":[]})");
}

TEST(Sessions, InCookiesAreNotKnown) {
    AdminStory s(SessionStory::in_cookies());
    ASSERT_EQ(s.save(), "saved");
    EXPECT_EQ(s.tell(order("GET", "/s?sub=alice")),
              R"(200 {"provider":"idp","sessions":null})");
}

// AC-453
TEST(Sessions, OfASubjectAreEnded) {
    for (const auto store : kAdminStores) {
        AdminStory s(store());
        ASSERT_EQ(s.save(), "saved");
        ASSERT_EQ(s.load(), "alice");
        EXPECT_THAT(s.tell(order("DELETE", "/s?sub=bob")), HasSubstr("200 "));
        EXPECT_EQ(s.load(), "alice");
        const std::string answer = s.tell(order("DELETE", "/s?sub=alice"));
        EXPECT_THAT(answer,
                    HasSubstr(s.provider.store == &session::memory_store()
                                  ? R"("sub":"alice","ended":1})"
                                  : R"("sub":"alice","ended":null})"));
        EXPECT_NE(s.load(), "alice");
        EXPECT_NE(s.load_afresh(), "alice");
        s.now += Seconds{1};
        ASSERT_EQ(s.save(), "saved");
        EXPECT_EQ(s.load(), "alice") << "after another login";
    }
}

TEST(Sessions, OfTheProvidersSessionAreEnded) {
    for (const auto store : kAdminStores) {
        AdminStory s(store());
        s.enter(R"({"sub":"alice"})", "sid-1");
        ASSERT_EQ(s.load(), "alice");
        EXPECT_THAT(s.tell(order("DELETE", "/s?sid=sid-2")),
                    HasSubstr(R"("ended":null)"));
        EXPECT_EQ(s.load(), "alice");
        EXPECT_THAT(s.tell(order("DELETE", "/s?sid=sid-1")),
                    HasSubstr(R"("ended":null)"));
        EXPECT_EQ(s.load(), "session_ended");
    }
}

TEST(Sessions, AreEndedOneByOne) {
    AdminStory s;
    ASSERT_EQ(s.save(), "saved");
    const CookieJar first = s.jar;
    s.jar = CookieJar();
    ASSERT_EQ(s.save(), "saved");
    const std::string list = s.tell(order("GET", "/s?sub=alice"));
    const std::size_t at = list.find("\"id\":\"") + 6;
    const std::string id = list.substr(at, list.find('"', at) - at);
    EXPECT_EQ(id.size(), 43u);
    EXPECT_THAT(s.tell(order("DELETE", "/s?id=AAAA")),
                HasSubstr(R"("ended":0)"));
    EXPECT_THAT(s.tell(order("DELETE", "/s?id=" + id)),
                HasSubstr(R"("ended":1)"));
    EXPECT_THAT(s.tell(order("DELETE", "/s?id=" + id)),
                HasSubstr(R"("ended":0)"));
    int left = s.load() == "alice" ? 1 : 0;
    s.jar = first;
    left += s.load() == "alice" ? 1 : 0;
    EXPECT_EQ(left, 1);
}

// --- who may not order ------------------------------------------------------

// AC-454
TEST(Order, OfAnotherSitesPageIsRefused) {
    AdminStory s;
    const auto ask = [&](Request r, std::string site, std::string origin) {
        r.sec_fetch_site = std::move(site);
        r.origin = std::move(origin);
        return s.tell(std::move(r)).substr(0, 3);
    };
    const Request orders[] = {order("GET", "/s?sub=alice"),
                              order("DELETE", "/s?sub=alice"),
                              posted(denial("sub", "alice"))};
    for (const Request& r : orders) {
        EXPECT_EQ(ask(r, "cross-site", ""), "403");
        EXPECT_EQ(ask(r, "same-site", "https://app.example"), "403");
        EXPECT_EQ(ask(r, "", "https://evil.example"), "403");
        EXPECT_EQ(ask(r, "", "http://app.example"), "403");
        EXPECT_EQ(ask(r, "", "null"), "403");
        EXPECT_EQ(ask(r, "same-origin", "https://app.example"), "200");
        EXPECT_EQ(ask(r, "", "https://app.example"), "200");
        EXPECT_EQ(ask(r, "", ""), "200");
    }
}

// AC-454: what a page may send without asking first.
TEST(Order, InAFormOfABrowserIsRefused) {
    AdminStory s;
    const std::string form =
        "kind=sub&value=alice&provider=idp&until=1790000600";
    Request r = posted(form, std::string(kForm));
    EXPECT_EQ(s.tell(r).substr(0, 3), "200");
    Request with_cookie = r;
    with_cookie.cookies = {"a=b"};
    Request old = r;
    old.accept = "text/html,*/*";
    Request own = r;
    own.origin = "https://app.example";
    Request newer = r;
    newer.sec_fetch_site = "same-origin";
    for (const Request& one : {with_cookie, old, own, newer}) {
        EXPECT_EQ(s.tell(one).substr(0, 3), "403");
    }
    for (const char* type : {"text/plain", "multipart/form-data", ""}) {
        EXPECT_EQ(s.tell(posted(denial("sub", "x"), type)).substr(0, 3), "415")
            << type;
    }
}

TEST(Order, ByAnotherMethodIsRefused) {
    AdminStory s;
    for (const char* method : {"HEAD", "PUT", "PATCH", "OPTIONS"}) {
        EXPECT_EQ(s.tell(order(method, "/s?sub=alice")).substr(0, 3), "405");
    }
}

// AC-455
TEST(Order, ThatIsMalformedNamesWhatIsWrong) {
    AdminStory s;
    const std::tuple<const char*, const char*, const char*> queries[] = {
        {"GET", "", "sub is missing"},
        {"GET", "?sub=", "sub is empty"},
        {"GET", "?sub=a&sub=b", "repeats a parameter"},
        {"GET", "?sub=%zz", "cannot be decoded"},
        {"GET", "?sub=a&provider=", "provider is empty"},
        {"GET", "?sub=a&sid=b", R"(unknown parameter \"sid\")"},
        {"GET", "?id=a", "sub is missing"},
        {"DELETE", "", "one of sub, sid and id is needed"},
        {"DELETE", "?sub=a&sid=b", "one of sub, sid and id is needed"},
        {"DELETE", "?sub=a&provder=b", R"(unknown parameter \"provder\")"},
        {"DELETE", "?id=", "id is empty"},
        {"DELETE", "?sub=eyJhbGciOi.x.y", "sub is a token"},
        {"POST", "?kind=sub", "belong into the body"}};
    for (const auto& [method, query, complaint] : queries) {
        Request r = order(method, std::string("/s") + query);
        r.content_type = "application/json";
        EXPECT_THAT(s.tell(r), HasSubstr(complaint)) << query;
        EXPECT_EQ(s.tell(r).substr(0, 3), "400") << query;
    }
    EXPECT_THAT(s.tell(order("GET", "/s?sub=" + std::string(1025, 'a'))),
                HasSubstr("sub is too long"));
    EXPECT_EQ(
        s.tell(order("GET", "/s?sub=" + std::string(1024, 'a'))).substr(0, 3),
        "200");
    const std::pair<std::string, const char*> bodies[] = {
        {"", "no JSON object"},
        {"[]", "no JSON object"},
        {R"({"kind":true})", "no JSON object"},
        {"{}", "kind is missing"},
        {R"({"kind":"sub"})", "value is missing"},
        {R"({"kind":"sub","value":"a"})", "provider is missing"},
        {R"({"kind":"sub","value":"a","provider":"idp"})", "until is missing"},
        {denial("email", "a"), "kind is none of"},
        {denial("sub", ""), "value is empty"},
        {denial("sub", R"(a\u0000b)"), "value has a NUL"},
        {denial("jti", "eyJhbGciOi.x.y"), "value is a token"},
        {denial("sub", "a", "\"soon\""), "until is no time to come"},
        {denial("sub", "a", "1790000000"), "until is no time to come"},
        {denial("sub", "a", "-1"), "until is no time to come"},
        {denial("sub", "a", "9223372036854775807"), "until is no time to come"},
        {denial("sub", "a", "1,\"x\":1"), R"(unknown parameter \"x\")"}};
    for (const auto& [body, complaint] : bodies) {
        EXPECT_THAT(s.tell(posted(body)), HasSubstr(complaint)) << body;
        EXPECT_EQ(s.tell(posted(body)).substr(0, 3), "400") << body;
    }
    EXPECT_TRUE(s.ports.denied.empty());
    EXPECT_EQ(s.ports.logout_number, 0u);
}

}  // namespace
}  // namespace oidc::test
