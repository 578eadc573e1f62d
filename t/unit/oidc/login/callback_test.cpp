// SPDX-License-Identifier: Apache-2.0
// How a callback is judged before the code is spent
#include <gmock/gmock.h>

#include "oidc/login_story.hpp"
#include "oidc/login/pkce.hpp"
#include "oidc/step.hpp"
#include "oidc/login/authorization_request.hpp"

namespace oidc::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Callback, LoginReturnsToTheRequestedPage) {
    LoginStory story;
    const Step end = story.log_in("/app?a=1&b=%26");
    EXPECT_EQ(summary(end), "302");
    EXPECT_EQ(answer(end).location, "/app?a=1&b=%26");
    EXPECT_EQ(story.login_cookies(), 0);
    auto record = session_of(story);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->provider, "idp");
    EXPECT_EQ(record->issuer, kIssuer);
    EXPECT_EQ(record->scope, "openid");
    EXPECT_EQ(record->access_token.reveal(), kAccessToken);
    EXPECT_EQ(record->refresh_token.reveal(), "refresh-token");
    EXPECT_FALSE(record->id_token.empty());
    EXPECT_EQ(record->created, kNow);
    EXPECT_EQ(record->expires, kNow + story.provider.session_timeout);
    EXPECT_EQ(record->access_expires, kNow + base::Seconds(3600));
    EXPECT_THAT(record->claims, HasSubstr(R"("sub":"user-1")"));
}

TEST(Callback, ExchangeRepeatsRedirectUriAndVerifier) {
    LoginStory story;
    const Response begun = story.begin();
    // The redirect_uri is that of the start, whatever changed since.
    story.provider.redirect_uris = {{"/elsewhere", ""}};
    const Step step = story.arrive();
    const auto* call = as<Call>(step);
    ASSERT_TRUE(call);
    const std::string form = "?" + std::string(call->body.reveal());
    EXPECT_EQ(call->kind, CallKind::token_code);
    EXPECT_EQ(call->url, "https://idp.example/oauth2/token");
    EXPECT_EQ(query_value(form, "code"), "c0de");
    EXPECT_EQ(query_value(form, "redirect_uri"),
              query_value(begun.location, "redirect_uri"));
    EXPECT_EQ(login::code_challenge(query_value(form, "code_verifier")),
              query_value(begun.location, "code_challenge"));
}

TEST(Callback, WithoutPkceThereIsNoVerifier) {
    Provider p = generic_provider();
    p.pkce = false;
    LoginStory story(std::move(p));
    story.begin();
    const Step step = story.arrive();
    ASSERT_TRUE(as<Call>(step));
    EXPECT_THAT(std::string(as<Call>(step)->body.reveal()),
                Not(HasSubstr("code_verifier")));
}

// AC-110, AC-115, AC-116, AC-119, AC-127: no call, and the login may go on.
TEST(Callback, AMalformedResponseIsRefused) {
    LoginStory story;
    story.begin();
    const std::pair<std::string, const char*> cases[] = {
        {"code=x", "400 state_missing"},
        {"error=access_denied", "400 state_missing"},
        {"code=a&code=b&state=" + story.state, "400 callback_malformed"},
        {"code=%zz&state=" + story.state, "400 callback_malformed"},
        {"code=a&error=b&state=" + story.state, "400 callback_malformed"},
        {"id_token=a&state=" + story.state, "400 callback_malformed"}};
    for (const auto& [query, word] : cases) {
        EXPECT_EQ(summary(story.arrive(query)), word) << query;
    }
    EXPECT_TRUE(story.ports.used.empty());
    EXPECT_EQ(summary(story.arrive()), "call");
}

// AC-127, AC-130: nothing but GET logs in or uses the state up.
TEST(Callback, OnlyGetIsAnswered) {
    LoginStory story;
    story.begin();
    for (const char* method : {"HEAD", "OPTIONS", "POST", "PUT", "get"}) {
        Request r;
        r.method = method;
        r.uri = "/oidc_callback?code=c0de&state=" + story.state;
        EXPECT_EQ(summary(story.arrive(r)), "405 method_not_allowed") << method;
    }
    EXPECT_TRUE(story.ports.used.empty());
    EXPECT_EQ(story.login_cookies(), 1);
    EXPECT_EQ(summary(story.arrive()), "call");
}

// AC-111, AC-112
TEST(Callback, UnknownStatesAreRefusedAlike) {
    LoginStory story;
    story.begin();
    const std::string bodies =
        answer(story.arrive("code=x&state=" + story.nonce)).body;
    const std::string others[] = {"x", std::string(4096, 'A'), "%41%25",
                                  story.state.substr(0, 31), story.state + "A"};
    for (const std::string& state : others) {
        const Step step = story.arrive("code=x&state=" + state);
        EXPECT_EQ(summary(step), "400 state_unknown") << state;
        EXPECT_EQ(answer(step).body, bodies);
    }
    const std::string url = "code=x&state=" + story.state;
    story.jar.cookies().clear();  // AC-112: the victim's browser
    const Step step = story.arrive(url);
    EXPECT_EQ(answer(step).body, bodies);
    expect_no_login(story, step, "400 state_unknown");
}

// AC-113: one call at a time for one state.
TEST(Callback, StateWhoseCodeIsBeingExchangedIsUsed) {
    LoginStory story;
    story.begin();
    const auto jar = story.jar;
    const auto elsewhere = crypto::sha256(story.state);
    ASSERT_TRUE(story.ports.take_flight(elsewhere));
    for (int i = 0; i < 50; i++) {
        story.jar = jar;
        const Step step = story.arrive();
        EXPECT_EQ(summary(step), "400 state_used");
        EXPECT_THAT(answer(step).body, HasSubstr("href=\"/app?a=1&amp;"));
    }
    story.ports.all().provider.end_flight(elsewhere);
    story.jar = jar;
    EXPECT_EQ(summary(story.arrive()), "call");
}

// AC-113
TEST(Callback, RepeatedCallbackWithASessionRedirects) {
    LoginStory story;
    story.begin("/deep");
    const auto before = story.jar;
    story.arrive();
    story.reply_tokens(story.good());
    const std::string login_cookie = before.cookies().front().name;
    story.jar.take(login_cookie + "=" + before.cookies().front().value);
    const Step step = story.arrive();
    EXPECT_EQ(summary(step), "302");
    EXPECT_EQ(answer(step).location, "/deep");
    EXPECT_EQ(story.ports.sessions.size(), 1);
}

// Anyone can send a code that was made up: nothing is noted for it, and the
// state is still good for the code that the provider gave.
TEST(Callback, RefusedCodeUsesNoStateUp) {
    LoginStory story;
    story.begin();
    const auto jar = story.jar;
    for (int i = 0; i < 3; i++) {
        story.jar = jar;
        ASSERT_EQ(summary(story.arrive()), "call");
        story.reply(json_reply(R"({"error":"invalid_grant"})", 400));
        EXPECT_TRUE(story.ports.used.empty());
    }
    story.jar = jar;
    ASSERT_EQ(summary(story.arrive()), "call");
    EXPECT_EQ(summary(story.reply_tokens(story.good())), "302");
    EXPECT_EQ(story.ports.used.size(), 1u);
}

TEST(Callback, CodeThatWasNotSentForTheLimitOfCallsCanBeSentLater) {
    LoginStory story;
    story.begin();
    ASSERT_EQ(summary(story.arrive()), "call");
    ProviderReply none;
    none.failure = ProviderReply::Failure::limited;
    EXPECT_EQ(summary(story.reply(std::move(none))), "503 call_limit_reached");
    EXPECT_EQ(story.login_cookies(), 1);
    EXPECT_EQ(summary(story.arrive()), "call");
    EXPECT_EQ(summary(story.reply_tokens(story.good())), "302");
}

// An accepted code uses the state up, whatever its tokens are worth.
TEST(Callback, AcceptedCodeUsesTheStateUp) {
    LoginStory story;
    story.begin();
    const auto jar = story.jar;
    story.arrive();
    story.reply_tokens(story.good().set("nonce", R"("another")"));
    EXPECT_EQ(story.ports.used.size(), 1u);
    story.jar = jar;
    EXPECT_EQ(summary(story.arrive()), "400 state_used");
}

// AC-189
TEST(Callback, RepeatedCallbackByTheBackButtonRedirects) {
    LoginStory story;
    story.log_in();
    const Step step = story.arrive();
    EXPECT_EQ(summary(step), "302");
    EXPECT_EQ(answer(step).location, "/");
}

// AC-114, Q21
TEST(Callback, ExpiredStateStartsTheLoginAgain) {
    LoginStory story;
    story.begin("/late");
    const std::string old_state = story.state;
    story.now += story.provider.login_timeout;
    const Step step = story.arrive();
    EXPECT_EQ(summary(step), "302");
    const std::string url = answer(step).location;
    EXPECT_THAT(url, testing::StartsWith("https://idp.example/"));
    EXPECT_NE(query_value(url, "state"), old_state);
    EXPECT_EQ(story.login_cookies(), 1);
    story.state = query_value(url, "state");
    story.nonce = query_value(url, "nonce");
    EXPECT_EQ(summary(story.arrive()), "call");
    const Step end = story.reply_tokens(story.good());
    EXPECT_EQ(answer(end).location, "/late");
}

// AC-114: 3 times at most.
TEST(Callback, ExpiredStatesDoNotLoop) {
    LoginStory story;
    story.begin();
    for (unsigned i = 0; i < login::kMaxLoginRounds; i++) {
        story.now += story.provider.login_timeout;
        const Step step = story.arrive();
        ASSERT_EQ(summary(step), "302") << i;
        story.state = query_value(answer(step).location, "state");
    }
    story.now += story.provider.login_timeout;
    expect_no_login(story, story.arrive(), "400 login_loop");
}

// AC-117, AC-118
TEST(Callback, ErrorResponseIsAnsweredByAPage) {
    for (const char* error :
         {"access_denied", "login_required", "unknown", "",
          "invalid_request&error_description=%3Cscript%3Ealert(1)%3C/script"
          "%3E%0d%0aX:y"}) {
        LoginStory story;
        story.begin();
        const Step step = story.arrive("error=" + std::string(error) +
                                       "&state=" + story.state);
        expect_no_login(story, step, "400 provider_refused");
        const Response& a = answer(step);
        EXPECT_TRUE(a.location.empty());
        EXPECT_THAT(a.body, Not(HasSubstr("script")));
        EXPECT_THAT(a.body, Not(HasSubstr("unknown")));
        EXPECT_THAT(a.body, HasSubstr("href=\"/app?a=1"));
        // Only the cookie goes: strangers can send such responses, and
        // must not fill the table of used states.
        EXPECT_EQ(story.ports.used.size(), 0);
    }
}

// Words of the standards are repeated; a text of the provider's never is.
TEST(Callback, ErrorWordOfAStandardIsTheReason) {
    for (const auto& [error, why] :
         {std::pair{"access_denied", "the provider says access_denied"},
          {"login_required", "the provider says login_required"},
          {"access_denied ", "the provider answered the login with an error"},
          {"made_up", "the provider answered the login with an error"}}) {
        LoginStory story;
        story.begin();
        const Step step = story.arrive("error=" + std::string(error) +
                                       "&state=" + story.state);
        EXPECT_EQ(answer(step).reason->why, why);
    }
}

TEST(Callback, ExpiredErrorDoesNotStartTheLoginAgain) {
    LoginStory story;
    story.begin();
    story.now += story.provider.login_timeout;
    expect_no_login(story,
                    story.arrive("error=access_denied&state=" + story.state),
                    "400 provider_refused");
}

// AC-120, AC-122
TEST(Callback, AnIssOfAnotherIsRefused) {
    for (const char* iss :
         {"https%3A%2F%2Fevil.example", "https%3A%2F%2Fidp.example%2F",
          "https%3A%2F%2FIDP.example", "https%253A%252F%252Fidp.example", ""}) {
        LoginStory story;
        story.begin();
        for (const char* kind : {"code=c", "error=e"}) {
            story.jar = CookieJar();
            story.begin();
            expect_no_login(story,
                            story.arrive(std::string(kind) + "&iss=" + iss +
                                         "&state=" + story.state),
                            "400 callback_iss_mismatch");
        }
    }
}

// AC-121
TEST(Callback, PromisedIssIsRequired) {
    LoginStory story;
    story.ports.known_metadata->iss_in_response = true;
    story.begin();
    expect_no_login(story, story.arrive(), "400 callback_iss_mismatch");
    story.begin();
    EXPECT_EQ(summary(story.arrive("code=c0de&iss=https%3A%2F%2Fidp.example"
                                   "&state=" +
                                   story.state)),
              "call");
}

// AC-123: provider B does not know A's login.
TEST(Callback, LoginOfAnotherProviderIsUnknown) {
    LoginStory story;
    story.begin();
    story.provider.name = "b";
    EXPECT_EQ(summary(story.arrive()), "400 state_unknown");
    story.provider.name = "idp";
    story.provider.issuer = "https://b.example";
    EXPECT_EQ(summary(story.arrive()), "400 callback_iss_mismatch");
}

// AC-425, RFC 9700 4.4.2: the callbacks of two providers are not
// interchangeable.
TEST(Callback, ResponseAtRedirectUriOfAnotherProviderIsRefused) {
    LoginStory story;
    story.provider.redirect_uris.push_back({"/second_callback", ""});
    const auto arrive_at = [&](const std::string& path) {
        story.begin();
        Request request;
        request.uri = path + "?code=c0de&state=" + story.state;
        return story.arrive(std::move(request));
    };
    expect_no_login(story, arrive_at("/callback_of_another"),
                    "400 callback_iss_mismatch");
    EXPECT_EQ(summary(arrive_at("/second_callback")), "call");
    EXPECT_EQ(summary(arrive_at("/oidc_callback")), "call");
}

// Everything is at hand before the code is spent; until then, a reload helps.
TEST(Callback, WaitsForMetadataAndKeysFirst) {
    LoginStory story;
    story.begin();
    const Metadata metadata = *story.ports.known_metadata;
    story.ports.known_metadata.reset();
    story.ports.known_keys.reset();
    Step step = story.arrive();
    ASSERT_TRUE(as<Await>(step));
    EXPECT_EQ(as<Await>(step)->what, Await::What::metadata);
    story.ports.known_metadata = metadata;
    step = story.resume(true);
    ASSERT_TRUE(as<Await>(step));
    EXPECT_EQ(as<Await>(step)->what, Await::What::keys);
    EXPECT_TRUE(story.ports.used.empty());
    story.ports.known_keys = World::key_set(SigningKey::ours().jwks());
    EXPECT_EQ(summary(story.resume(true)), "call");
    EXPECT_EQ(summary(story.reply_tokens(story.good())), "302");
}

TEST(Callback, UnreachableProviderKeepsTheState) {
    LoginStory story;
    story.begin();
    const Metadata metadata = *story.ports.known_metadata;
    story.ports.known_metadata.reset();
    story.arrive();
    EXPECT_EQ(summary(story.resume(false)), "503 idp_unreachable");
    story.arrive();
    EXPECT_EQ(summary(story.resume(true)), "503 idp_unreachable");
    story.ports.known_metadata = metadata;
    story.ports.known_keys.reset();
    story.arrive();
    EXPECT_EQ(summary(story.resume(false)), "503 keys_unavailable");
    EXPECT_EQ(story.login_cookies(), 1);
    story.ports.known_keys = World::key_set(SigningKey::ours().jwks());
    EXPECT_EQ(summary(story.arrive()), "call");
}

TEST(Callback, ExpiredStateWaitsForMetadata) {
    LoginStory story;
    story.begin();
    const Metadata metadata = *story.ports.known_metadata;
    story.ports.known_metadata.reset();
    story.now += story.provider.login_timeout;
    EXPECT_EQ(summary(story.arrive()), "await");
    story.ports.known_metadata = metadata;
    EXPECT_EQ(summary(story.resume(true)), "302");
}

// AC-188
TEST(Callback, LoginsInSeveralTabsEndInAnyOrder) {
    LoginStory story;
    std::vector<std::pair<std::string, std::string>> tabs;
    for (int i = 0; i < 5; i++) {
        story.begin("/tab" + std::to_string(i));
        tabs.emplace_back(story.state, story.nonce);
    }
    for (const std::size_t i : {3u, 0u, 4u, 1u, 2u}) {
        std::tie(story.state, story.nonce) = tabs[i];
        EXPECT_EQ(summary(story.arrive()), "call");
        const Step end = story.reply_tokens(story.good());
        EXPECT_EQ(answer(end).location, "/tab" + std::to_string(i));
    }
    EXPECT_EQ(story.login_cookies(), 0);
}

// A shell that answers what was not asked gets no login out of it.
TEST(Callback, OtherResponseTypesAreRefused) {
    LoginStory story;
    story.begin();
    story.arrive();
    EXPECT_EQ(summary(story.resume(true)), "500 internal_error");
    EXPECT_EQ(summary(story.reply_tokens(story.good())), "500 internal_error");
    EXPECT_TRUE(story.ports.sessions.empty());
}

constexpr const char* kExpired =
    "error=temporarily_unavailable&error_description=authentication_expired";

TEST(Callback, ExpiredLoginPageBeginsTheLoginAgain) {  // U17
    LoginStory story;
    story.begin("/deep?a=1");
    Step step = story.arrive(std::string(kExpired) + "&state=" + story.state);
    EXPECT_EQ(summary(step), "302");
    EXPECT_THAT(answer(step).location, HasSubstr("/oauth2/authorize?"));
    for (int i = 0; i < 2; i++) {
        story.state = query_value(answer(step).location, "state");
        step = story.arrive(std::string(kExpired) + "&state=" + story.state);
    }
    story.state = query_value(answer(step).location, "state");
    step = story.arrive(std::string(kExpired) + "&state=" + story.state);
    EXPECT_EQ(summary(step), "400 login_loop") << "not for ever";
}

TEST(Callback, ExpiredLoginPageOfALoggedInUserLeadsToThePage) {  // U17
    LoginStory story;
    story.begin("/first");
    const std::string first = story.state;
    EXPECT_EQ(summary(story.log_in("/second")), "302");
    const Step step = story.arrive(std::string(kExpired) + "&state=" + first);
    EXPECT_EQ(summary(step), "302");
    EXPECT_EQ(answer(step).location, "/first");
    EXPECT_EQ(story.login_cookies(), 0u);
}

TEST(Callback, OtherUnavailabilityIsReported) {  // U17
    for (const char* error :
         {"error=temporarily_unavailable",
          "error=temporarily_unavailable&error_description=later",
          "error=server_error&error_description=authentication_expired"}) {
        LoginStory story;
        story.begin();
        EXPECT_NE(
            summary(story.arrive(std::string(error) + "&state=" + story.state)),
            "302")
            << error;
    }
}

}  // namespace
}  // namespace oidc::test
