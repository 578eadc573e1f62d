// SPDX-License-Identifier: Apache-2.0
// Tokens that a worker has accepted, beyond those whose identity it knows.
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

constexpr std::string_view kAcceptedToken =
    "a.token.of-some-length-and-a-signature";

class AcceptedToken : public World, public ::testing::Test {
public:
    AcceptedToken() { location.index = 3; }

    // A token that comes again and again is to be known by its identity:
    // hence other ones come in between.
    access::AcceptCache::Decision decide() {
        for (int i = 0; i < 4100; i++) {
            (void)decide("Bearer another.token.of-somebody");
        }
        return decide(header);
    }
    access::AcceptCache::Decision decide(std::string_view authorization) {
        access::Shown shown;
        shown.scheme = "https";
        shown.authorizations = 1;
        shown.authorization = authorization;
        return ports.accept_cache().decide(shown, provider, location,
                                           ports.keys_generation,
                                           ports.records(), ports.marks(), now);
    }
    // As if the flow had accepted it.
    void note(Method method = Method::bearer, std::uint64_t after = 1) {
        auto who = identify(provider, method,
                            std::move(*jose::Claims::parse(R"({"sub":"a"})")));
        note_as(decide(), std::move(who), after);
    }
    void note_as(const access::AcceptCache::Decision& decision,
                 std::unique_ptr<Identity> who, std::uint64_t after = 1) {
        who->expires = now + base::Seconds{60};
        ports.accept_cache().note(decision, location, share(std::move(who)), 1,
                                  after, now);
    }

    std::string header = "Bearer " + std::string(kAcceptedToken);
};

TEST_F(AcceptedToken, IsAcceptedWithoutAnIdentity) {
    const auto unknown = decide();
    EXPECT_EQ(unknown.token, kAcceptedToken);
    EXPECT_TRUE(unknown.token_key);
    EXPECT_FALSE(unknown.is_accepted);
    note();
    EXPECT_TRUE(decide().is_accepted);
    EXPECT_FALSE(decide().identity);
    EXPECT_FALSE(decide().is_stranger);
}

TEST_F(AcceptedToken, EveryByteCounts) {  // AC-304
    note();
    for (std::size_t i = 7; i < header.size(); i++) {
        const std::string good = header;
        header[i] = static_cast<char>(header[i] ^ 1);
        EXPECT_FALSE(decide().is_accepted) << header;
        header = good;
    }
    EXPECT_TRUE(decide().is_accepted);
}

TEST_F(AcceptedToken, EndsWithItsTimeTheKeysAndTheLocation) {
    note();
    now += base::Seconds{60};
    EXPECT_FALSE(decide().is_accepted);
    now -= base::Seconds{1};
    EXPECT_TRUE(decide().is_accepted);
    ports.keys_generation = 2;
    EXPECT_FALSE(decide().is_accepted);
    ports.keys_generation = 1;
    location.index = 4;
    EXPECT_FALSE(decide().is_accepted);
    location.index = 3;
    location.methods = MethodSet().add(Method::introspection);
    EXPECT_FALSE(decide().is_accepted);
}

// AC-452: whoever was denied, the token is judged again.
TEST_F(AcceptedToken, EndsWithADenial) {
    note();
    ASSERT_TRUE(decide().is_accepted);
    ports.marks().deny(crypto::sha256("somebody"), now, now + base::Seconds{9});
    EXPECT_FALSE(decide().is_accepted);
    note();
    EXPECT_TRUE(decide().is_accepted);
    ports.marks().undo_denial(crypto::sha256("somebody"), now);
    EXPECT_FALSE(decide().is_accepted);
}

TEST_F(AcceptedToken, IsNotNotedIfSomebodyWasDeniedMeanwhile) {
    const auto before = decide();
    ports.marks().deny(crypto::sha256("somebody"), now, now + base::Seconds{9});
    note_as(before,
            identify(provider, Method::bearer,
                     std::move(*jose::Claims::parse(R"({"sub":"a"})"))));
    EXPECT_FALSE(decide().is_accepted);
}

TEST_F(AcceptedToken, IsNotNotedIfTheKeysWereReplacedMeanwhile) {
    note(Method::bearer, 2);
    EXPECT_FALSE(decide().is_accepted);
    note();
    EXPECT_TRUE(decide().is_accepted);
}

TEST_F(AcceptedToken, IsNotNotedIfTheProviderWasAskedAboutIt) {
    note(Method::introspection);
    EXPECT_FALSE(decide().is_accepted);
}

// --- what is not decided ----------------------------------------------------

class Undecided : public World, public ::testing::Test {
public:
    bool is_stranger() {
        return ports.accept_cache()
            .decide(shown, provider, location, 1, ports.records(),
                    ports.marks(), now)
            .is_stranger;
    }

    access::Shown shown;
};

TEST_F(Undecided, RequestWithoutAnyCredentialIsAStrangers) {
    EXPECT_TRUE(is_stranger());
    shown.cookies[shown.cookie_lines++] = "theme=dark";
    EXPECT_TRUE(is_stranger());
}

TEST_F(Undecided, CredentialOfAnyKindIsJudgedByTheFlow) {
    shown.cookies[0] = "theme=dark";
    shown.cookie_lines = access::Shown::kMaxCookieLines + 1;
    EXPECT_FALSE(is_stranger()) << "not all of them were read";
    shown.cookie_lines = 0;
    shown.may_show_more = true;
    EXPECT_FALSE(is_stranger());
    shown.may_show_more = false;
    shown.authorizations = 1;
    EXPECT_FALSE(is_stranger()) << "even an empty one";
    shown.authorizations = 2;
    EXPECT_FALSE(is_stranger());
    shown.authorizations = 0;
    shown.scheme = "https";
    shown.cookies[shown.cookie_lines++] = "__Host-NGX_OIDC_SESSION=x";
    EXPECT_FALSE(is_stranger());
}

// --- who shows nothing ------------------------------------------------------

class MissingCredential : public World, public ::testing::Test {
public:
    // What the long way comes to, and what the short one says.
    void expect_same(const Request& request) {
        Visit v(*this, request);
        const Step step = access::protect(v.context())->begin(now);
        const auto reason = access::refusal_of_stranger(location, v.facts());
        const auto* answer = as<Response>(step);
        ASSERT_EQ(reason.has_value(), answer && answer->reason.has_value())
            << summary(step);
        if (!reason) {
            return;
        }
        const Response ready = web::refuse_in_json(provider, *reason);
        EXPECT_EQ(ready.reason->code, answer->reason->code);
        EXPECT_EQ(ready.status, answer->status);
        EXPECT_EQ(ready.www_authenticate, answer->www_authenticate);
        EXPECT_EQ(ready.body, answer->body);
        EXPECT_EQ(ready.content_type, answer->content_type);
        EXPECT_TRUE(answer->set_cookies.empty());
    }
};

TEST_F(MissingCredential, IsRefusedAlikeOnTheFastPath) {
    const auto page = "text/html,application/xhtml+xml";
    for (const auto how : {Unauthenticated::automatic, Unauthenticated::login,
                           Unauthenticated::deny, Unauthenticated::pass}) {
        location.unauthenticated = how;
        for (const bool sessions : {true, false}) {
            location.methods = MethodSet().add(Method::bearer);
            if (sessions) {
                location.methods.add(Method::session)
                    .add(Method::authorization_code);
            }
            for (const char* method : {"GET", "POST"}) {
                for (const char* accept : {"", "*/*", page}) {
                    Request r;
                    r.method = method;
                    r.accept = accept;
                    if (accept != page) {  // a page is not refused in JSON
                        expect_same(r);
                    }
                }
            }
        }
    }
}

TEST_F(MissingCredential, IsRefusedIfThereAreRules) {
    Request request;
    request.accept = "*/*";
    location.unauthenticated = Unauthenticated::pass;
    EXPECT_FALSE(access::refusal_of_stranger(location, request.facts()));
    location.scopes = {{{"orders/read"}}};
    EXPECT_TRUE(access::refusal_of_stranger(location, request.facts()));
    expect_same(request);
}

}  // namespace
}  // namespace oidc::test
