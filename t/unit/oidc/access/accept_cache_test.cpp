// SPDX-License-Identifier: Apache-2.0
// The short way: what a worker has let pass is let pass again by one look-up,
// and by nothing less than what it was judged by.
#include "oidc/access/accept_cache.hpp"

#include "oidc/memory/acceptance.hpp"

#include "oidc/web/refusal.hpp"
#include "oidc/session/cookie_key.hpp"
#include "oidc/session_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/record.hpp"
#include "oidc/access/access.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/session/sessions.hpp"

namespace oidc::test {
namespace {

constexpr std::string_view kToken = "a.token.of-some-length-and-a-signature";

IdentityRef somebody(const Provider& provider, Method method) {
    auto claims = jose::Claims::parse(R"({"sub":"alice"})");
    return share(identify(provider, method, std::move(*claims)));
}

// A bearer token and a Basic credential that location 3 has accepted.
class AcceptedAuthorization : public World, public ::testing::Test {
public:
    AcceptedAuthorization() {
        location.index = 3;
        location.exchange_id = 99;
        location.methods.add(Method::client_credentials).add(Method::password);
        put(provider.policy_id, kToken, Method::bearer);
        put(memory::exchange_policy(provider, location),
            "Basic Y2xpZW50OnNlY3JldA==", Method::client_credentials);
        put(memory::exchange_policy(provider, location),
            "Basic YWxpY2U6c2VjcmV0", Method::password);
    }

    void put(std::uint64_t policy, std::string_view credential, Method method) {
        const auto who = somebody(provider, method);
        ports.identities().put(policy, credential,
                               {.identity = who,
                                .until = now + base::Seconds{60},
                                .generation = 7,
                                .handle = {},
                                .touched = now});
        memory::note_known(ports.identities(), policy, location,
                           memory::Pieces(&credential, 1), who);
    }
    bool knows(std::string_view header, bool https = true,
               std::uint64_t generation = 7) {
        access::Shown shown;
        shown.scheme = https ? "https" : "http";
        shown.authorizations = 1;
        shown.authorization = header;
        return static_cast<bool>(ports.accept_cache()
                                     .decide(shown, provider, location,
                                             generation, ports.records(),
                                             ports.marks(), now)
                                     .identity);
    }

    const std::string bearer = "Bearer " + std::string(kToken);
    const std::string basic = "Basic Y2xpZW50OnNlY3JldA==";
    const std::string person = "Basic YWxpY2U6c2VjcmV0";
};

TEST_F(AcceptedAuthorization, IsFoundAgain) {
    EXPECT_TRUE(knows(bearer));
    EXPECT_TRUE(knows("bearer " + std::string(kToken))) << "RFC 9110 11.1";
    EXPECT_TRUE(knows(basic));
    EXPECT_TRUE(knows(person));
}

TEST_F(AcceptedAuthorization, EveryByteCounts) {  // AC-304
    for (const std::string& header : {bearer, basic}) {
        for (std::size_t i = header.find(' ') + 1; i < header.size(); i++) {
            std::string other = header;
            other[i] = static_cast<char>(other[i] ^ 1);
            EXPECT_FALSE(knows(other)) << other;
            EXPECT_FALSE(knows(header.substr(0, i))) << i;
        }
        EXPECT_FALSE(knows(header + "x"));
        EXPECT_FALSE(knows(header + " "));
    }
    EXPECT_FALSE(knows(""));
    EXPECT_FALSE(knows("Bearer "));
    EXPECT_FALSE(knows(kToken));
    EXPECT_FALSE(knows("Basic " + std::string(kToken)));
}

TEST_F(AcceptedAuthorization, IsJudgedAnewAtAnotherLocation) {  // AC-311
    location.index = 4;
    EXPECT_FALSE(knows(bearer));
    EXPECT_FALSE(knows(basic));
    location.index = 64;  // beyond the mask
    EXPECT_FALSE(knows(bearer));
}

TEST_F(AcceptedAuthorization, IsNotFoundForAnotherProvider) {
    provider.policy_id++;
    EXPECT_FALSE(knows(bearer));
    EXPECT_FALSE(knows(basic));
}

TEST_F(AcceptedAuthorization, IsNotSharedByLocationsOfOtherScopes) {
    location.exchange_id++;
    EXPECT_TRUE(knows(bearer)) << "was not swapped";
    EXPECT_FALSE(knows(basic));
}

TEST_F(AcceptedAuthorization, EndsWithItsTime) {
    now += base::Seconds{59};
    EXPECT_TRUE(knows(bearer));
    now += base::Seconds{1};
    EXPECT_FALSE(knows(bearer));
    EXPECT_FALSE(knows(basic));
}

TEST_F(AcceptedAuthorization, EndsWithTheKeys) {
    EXPECT_FALSE(knows(bearer, true, 8));
    EXPECT_FALSE(knows(basic, true, 8));
    EXPECT_FALSE(knows(bearer, true, 0));
}

// The same location may be reached by http and by https.
TEST_F(AcceptedAuthorization, PasswordIsAcceptedOverHttpsAlone) {
    EXPECT_FALSE(knows(person, false));
    EXPECT_TRUE(knows(basic, false)) << "a machine's";
    provider.password_over_http = true;
    EXPECT_TRUE(knows(person, false));
}

TEST_F(AcceptedAuthorization, EntryMadeSinceIsNotMarkedAccepted) {
    const auto other = somebody(provider, Method::bearer);
    ports.identities().put(provider.policy_id, kToken,
                           {.identity = other,
                            .until = now + base::Seconds{60},
                            .generation = 7,
                            .handle = {},
                            .touched = now});
    EXPECT_FALSE(knows(bearer)) << "the mask goes with the entry";
    memory::note_known(ports.identities(), provider.policy_id, location,
                       memory::Pieces(&kToken, 1),
                       somebody(provider, Method::bearer));
    EXPECT_FALSE(knows(bearer)) << "another identity met the rules";
}

// --- sessions ---------------------------------------------------------------

class AcceptedSession : public SessionStory,
                        public ::testing::TestWithParam<const session::Store*> {
public:
    AcceptedSession()
        : SessionStory(GetParam() == &session::cookie_store()
                           ? in_cookies()
                           : generic_provider()) {
        location.index = 3;
        EXPECT_EQ(save(), "saved");
        EXPECT_EQ(visit(), "allow");
    }

    // The long way, as a request takes it.
    std::string visit() {
        Visit v(*this, request());
        return summary(access::protect(v.context())->begin(now));
    }
    bool knows() { return knows(request()); }
    bool knows(const Request& r) {
        const RequestFacts facts = r.facts();
        access::Shown shown;
        shown.scheme = facts.scheme;
        shown.host = facts.host;
        for (const std::string_view line : facts.cookies) {
            shown.cookies[shown.cookie_lines++] = line;
        }
        return knows(shown);
    }
    bool knows(const access::Shown& shown) {
        return static_cast<bool>(ports.accept_cache()
                                     .decide(shown, provider, location, 1,
                                             ports.records(), ports.marks(),
                                             now)
                                     .identity);
    }
};

TEST_P(AcceptedSession, IsFoundAgain) {
    EXPECT_TRUE(knows());
    EXPECT_TRUE(knows(request_with("a=b; " + cookie() + "; c=d")));
}

TEST_P(AcceptedSession, HostInTwoPiecesIsFoundAgain) {
    host = "app.example:8443";
    ASSERT_EQ(save("bob"), "saved");
    ASSERT_EQ(visit(), "allow");
    const std::string line = cookie();
    access::Shown shown;
    shown.scheme = "https";
    shown.host = "app.example";
    shown.port = ":8443";
    shown.cookies[shown.cookie_lines++] = line;
    EXPECT_TRUE(knows(shown));
}

TEST_P(AcceptedSession, IsNotFoundAtAnotherOrigin) {
    host = "other.example";
    EXPECT_FALSE(knows());
    host = "app.example:444";
    EXPECT_FALSE(knows());
    host = "app.example";
    scheme = "http";
    EXPECT_FALSE(knows());
    Request r = request_with("NGX_OIDC_SESSION=" + value());
    EXPECT_FALSE(knows(r)) << "with the name that http has";
}

TEST_P(AcceptedSession, IsNotFoundByAnotherCookie) {
    std::string other = cookie();
    other.back() = other.back() == 'A' ? 'B' : 'A';
    EXPECT_FALSE(knows(request_with(other)));
    EXPECT_FALSE(knows(request_with(cookie() + "A")));
    EXPECT_FALSE(knows(request_with("x" + cookie())));
    EXPECT_FALSE(knows(request_with("")));
}

TEST_P(AcceptedSession, CookieSentTwiceIsJudgedAnew) {  // AC-182
    EXPECT_FALSE(knows(request_with(cookie() + "; " + cookie())));
}

TEST_P(AcceptedSession, IsJudgedAnewAtAnotherLocation) {
    location.index = 4;
    EXPECT_FALSE(knows());
    location.index = 3;
    location.methods = MethodSet().add(Method::bearer);
    EXPECT_FALSE(knows()) << "takes no sessions";
}

TEST_P(AcceptedSession, IsNotFoundIfRulesAreNotMet) {
    location.index = 5;
    location.scopes = {{{"not-granted"}}};
    EXPECT_EQ(visit(), "403 scope_missing");
    EXPECT_FALSE(knows());
}

TEST_P(AcceptedSession, IsNotFoundForAnotherProvider) {
    provider.policy_id++;
    EXPECT_FALSE(knows());
}

TEST_P(AcceptedSession, EndsWhenIdle) {
    now += provider.session_idle_timeout;
    EXPECT_FALSE(knows());
}

TEST_P(AcceptedSession, EndsWithTheLogin) {
    const base::Instant end = now + provider.session_timeout;
    provider.session_idle_timeout = base::Seconds{0};
    now = end - base::Seconds{1};
    (void)visit();
    now = end;
    EXPECT_FALSE(knows());
}

TEST_P(AcceptedSession, IsJudgedAnewWhenARefreshIsDue) {
    oidc::session::Record r = record();
    r.access_expires = now + base::Seconds{600};
    ASSERT_EQ(save(r), "saved");
    ASSERT_EQ(visit(), "allow");
    EXPECT_TRUE(knows());
    now += base::Seconds{600} - provider.refresh_before;
    EXPECT_FALSE(knows());
}

INSTANTIATE_TEST_SUITE_P(Stores, AcceptedSession,
                         ::testing::Values(&session::memory_store(),
                                           &session::cookie_store()));

class AcceptedSessionInMemory : public AcceptedSession {};

TEST_P(AcceptedSessionInMemory, IsNotFoundAfterAnotherWorkerEndsIt) {  // AC-198
    ports.sessions.clear();
    EXPECT_FALSE(knows());
}

TEST_P(AcceptedSessionInMemory,
       IsNotFoundAfterAnotherWorkerChangesIt) {  // AC-198
    ports.sessions.begin()->second.stored.handle.version++;
    EXPECT_FALSE(knows());
}

TEST_P(AcceptedSessionInMemory, IsMarkedAsUsed) {
    now += base::Seconds{30};
    EXPECT_TRUE(knows());
    EXPECT_EQ(ports.sessions.begin()->second.stored.last_used, now);
    now += provider.session_idle_timeout - base::Seconds{1};
    EXPECT_TRUE(knows()) << "the idle limit has moved on";
}

INSTANTIATE_TEST_SUITE_P(Memory, AcceptedSessionInMemory,
                         ::testing::Values(&session::memory_store()));

}  // namespace
}  // namespace oidc::test
