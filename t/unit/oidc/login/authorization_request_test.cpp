// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "oidc/login_story.hpp"
#include "oidc/login/pkce.hpp"
#include "oidc/login/login_attempt.hpp"
#include "oidc/policy.hpp"
#include "oidc/login/authorization_request.hpp"
#include "oidc/web/own_origin.hpp"

namespace oidc::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(AuthorizationRequest, HasTheParametersOfOpenIdConnect) {
    LoginStory story;
    const Response a = story.begin();
    EXPECT_EQ(a.status, 302);
    EXPECT_FALSE(a.reason);
    EXPECT_THAT(a.location, StartsWith("https://idp.example/oauth2/authorize?"
                                       "response_type=code&"));
    EXPECT_EQ(query_value(a.location, "client_id"), kClient);
    EXPECT_EQ(query_value(a.location, "redirect_uri"),
              "https://app.example/oidc_callback");
    EXPECT_EQ(query_value(a.location, "scope"), "openid");
    EXPECT_EQ(story.login_cookies(), 1);
}

// Q6, Q7: Cognito decodes state once, and puts it into its own.
TEST(AuthorizationRequest, StateAndNonceAreShortAndNeedNoEncoding) {
    LoginStory story;
    story.begin();
    EXPECT_EQ(story.state.size(), 32);
    EXPECT_EQ(story.nonce.size(), 32);
    EXPECT_TRUE(login::is_state(story.state));
    EXPECT_TRUE(login::is_state(story.nonce));
    EXPECT_NE(story.state, story.nonce);
}

// AC-124: new each time, whether the client has a secret or not.
TEST(AuthorizationRequest, ChallengeIsNewForEachLogin) {
    LoginStory story;
    const Response first = story.begin();
    const Response second = story.begin();
    for (const Response* a : {&first, &second}) {
        EXPECT_EQ(query_value(a->location, "code_challenge").size(), 43);
        EXPECT_EQ(query_value(a->location, "code_challenge_method"), "S256");
    }
    for (const char* name : {"code_challenge", "state", "nonce"}) {
        EXPECT_NE(query_value(first.location, name),
                  query_value(second.location, name));
    }
}

// AC-125, Q4: Cognito's metadata does not speak of S256; ours has no member
// for it that could say no.
TEST(AuthorizationRequest, PkceFollowsTheConfigurationAlone) {
    LoginStory cognito(cognito_provider());
    EXPECT_THAT(cognito.begin().location,
                HasSubstr("code_challenge_method=S256"));
    Provider off = generic_provider();
    off.pkce = false;
    LoginStory story(std::move(off));
    EXPECT_THAT(story.begin().location, Not(HasSubstr("code_challenge")));
}

// RFC 7636 appendix B.
TEST(Pkce, ChallengeIsTheExampleOfRfc7636) {
    EXPECT_EQ(
        login::code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, VerifierIsLongAndFailsWithoutRandomBytes) {
    FakePorts ports;
    auto verifier = login::make_code_verifier(ports.dice());
    ASSERT_TRUE(verifier);
    EXPECT_EQ(verifier->size(), 43);
    EXPECT_TRUE(login::is_state(verifier->reveal()));
    ports.random_fails = true;
    EXPECT_EQ(login::make_code_verifier(ports.dice()).error().code,
              base::Errc::random_failed);
}

// Q8, Q23.
TEST(AuthorizationRequest, ScopesAreSentAsConfiguredAndEncoded) {
    Provider p = cognito_provider();
    p.scope = "openid email https://api.example/read";
    LoginStory story(std::move(p));
    const Response a = story.begin();
    EXPECT_THAT(a.location,
                HasSubstr("&scope=openid%20email%20https%3A%2F%2Fapi.example"
                          "%2Fread&"));
    EXPECT_THAT(a.location, Not(HasSubstr("offline_access")));
}

TEST(AuthorizationRequest, AnEndpointMayHaveAQuery) {
    LoginStory story;
    story.ports.known_metadata->endpoints.authorization =
        "https://idp.example/auth?p=x";
    EXPECT_THAT(story.begin().location,
                StartsWith("https://idp.example/auth?p=x&response_type=code"));
    EXPECT_EQ(base::with_query("https://a/b", "c=d"), "https://a/b?c=d");
    EXPECT_EQ(base::with_query("https://a/b?", "c=d"), "https://a/b?c=d");
    EXPECT_EQ(base::with_query("https://a/b?x&", "c=d"), "https://a/b?x&c=d");
}

TEST(AuthorizationRequest, ExtraArgumentsAreAppended) {
    LoginStory story;
    story.ports.extra_args = "prompt=login&ui_locales=de+en&flag&&";
    const std::string url = story.begin().location;
    EXPECT_EQ(query_value(url, "prompt"), "login");
    EXPECT_EQ(query_value(url, "ui_locales"), "de en");
    EXPECT_THAT(url, HasSubstr("&flag="));
}

// AC-132
TEST(AuthorizationRequest, ExtraArgumentsOverrideNothing) {
    for (const char* name :
         {"response_type", "client_id", "redirect_uri", "scope", "state",
          "nonce", "code_challenge", "code_challenge_method", "response_mode",
          "request", "request_uri", "st%61te", "%73tate"}) {
        LoginStory story;
        story.ports.extra_args = std::string(name) + "=evil&prompt=login";
        const std::string url = story.begin().location;
        EXPECT_THAT(url, Not(HasSubstr("evil"))) << name;
        EXPECT_EQ(query_value(url, "prompt"), "login") << name;
    }
}

// AC-133
TEST(AuthorizationRequest, ExtraValuesStayOneValue) {
    LoginStory story;
    story.ports.extra_args =
        "login_hint=x%26prompt%3Dnone%23\r\nSet-Cookie: a=b#<\xc3\xa9";
    const std::string url = story.begin().location;
    EXPECT_EQ(query_value(url, "login_hint"),
              "x&prompt=none#\r\nSet-Cookie: a=b#<\xc3\xa9");
    EXPECT_EQ(query_value(url, "prompt"), "");
    EXPECT_EQ(url.find_first_of("\r\n #<\xc3"), std::string::npos);
}

TEST(AuthorizationRequest, UnreadableExtraValuesAreOmitted) {
    LoginStory story;
    story.ports.extra_args = "a=%zz&b=%&=c&%=d&prompt=login";
    const std::string url = story.begin().location;
    EXPECT_THAT(url, Not(HasSubstr("%zz")));
    EXPECT_THAT(url, testing::EndsWith("&prompt=login"));
}

// AC-193
TEST(AuthorizationRequest, SecureCookiesNeedHttps) {
    Provider p = generic_provider();
    p.cookie.secure = CookieSecure::on;
    LoginStory story(std::move(p));
    Request r;
    r.scheme = "http";
    const Response a = story.begin(r, 0);
    EXPECT_EQ(summary(a), "400 insecure_login");
    EXPECT_TRUE(a.set_cookies.empty());
    // base_url, and nothing the request says, tells of a front that ends TLS.
    story.provider.base_url = "https://app.example";
    EXPECT_EQ(summary(story.begin(r, 0)), "302");
}

TEST(AuthorizationRequest, PlainHttpIsEnoughForPlainCookies) {
    LoginStory story;
    Request r;
    r.scheme = "http";
    const Response a = story.begin(r, 0);
    EXPECT_EQ(summary(a), "302");
    ASSERT_EQ(a.set_cookies.size(), 1);
    EXPECT_THAT(a.set_cookies[0], StartsWith("NGX_OIDC_SESSION_login_"));
    EXPECT_THAT(a.set_cookies[0], Not(HasSubstr("; Secure")));
}

TEST(AuthorizationRequest, RequestWithoutAHostIsRefused) {
    LoginStory story;
    Request r;
    r.host = "";
    EXPECT_EQ(summary(story.begin(r, 0)), "400 insecure_login");
}

TEST(AuthorizationRequest, LoopIsRefused) {
    LoginStory story;
    EXPECT_EQ(summary(story.begin(Request{}, login::kMaxLoginRounds)), "302");
    const Response a = story.begin(Request{}, login::kMaxLoginRounds + 1);
    EXPECT_EQ(summary(a), "400 login_loop");
    EXPECT_TRUE(a.set_cookies.empty());
}

TEST(AuthorizationRequest, FailsWithoutAnEndpointOrRandomBytes) {
    LoginStory story;
    story.ports.random_fails = true;
    EXPECT_EQ(summary(story.begin()), "500 random_failed");
    story.ports.random_fails = false;
    story.ports.known_metadata->endpoints.authorization = "";
    EXPECT_EQ(summary(story.begin()), "503 endpoint_missing");
    EXPECT_EQ(story.jar.size(), 0);
}

// AC-135
TEST(RedirectUri, ComesFromTheConfigurationOrTheHost) {
    Provider p = generic_provider();
    Request r;
    r.host = "app.example:8443";
    EXPECT_EQ(web::redirect_uri(p, r.facts()),
              "https://app.example:8443/oidc_callback");
    p.base_url = "https://public.example";
    EXPECT_EQ(web::redirect_uri(p, r.facts()),
              "https://public.example/oidc_callback");
    p.redirect_uris = {{"/cb", "https://fixed.example"}, {"/other", ""}};
    EXPECT_EQ(web::redirect_uri(p, r.facts()), "https://fixed.example/cb");
}

// AC-135
TEST(RedirectUri, RefusesAnInvalidHost) {
    const Provider p = generic_provider();
    for (const char* host : {"app.example@evil.com", "a,b", "a b", "a/b",
                             "a\\b", "a?b", "a#b", ""}) {
        Request r;
        r.host = host;
        EXPECT_EQ(web::redirect_uri(p, r.facts()), "") << host;
        LoginStory story;
        EXPECT_EQ(summary(story.begin(r, 0)), "400 insecure_login") << host;
    }
}

std::string target_of(std::string uri, std::string chosen = "",
                      std::string method = "GET", std::string arg = "") {
    World world;
    world.location.login_redirect_uri = std::move(chosen);
    world.provider.logout.query_arg = std::move(arg);
    Request r;
    r.uri = std::move(uri);
    r.method = std::move(method);
    Visit visit(world, std::move(r));
    return login::return_target(visit.context()).text();
}

// AC-223
TEST(ReturnTarget, IsTheUrlByteForByte) {
    for (const char* uri : {"/", "/app?a=1&b=%26",
                            "/a%2fb/%2e%2e?x=%zz&&=", "/p;x=1?q=http://a/b"}) {
        EXPECT_EQ(target_of(uri), uri);
    }
}

// AC-210, 211, 212, 213, 215, 216, 218, 219, 221: the whole list is tested
// with SameOriginUri; here, that it is asked.
TEST(ReturnTarget, NeverLeavesTheOrigin) {
    for (const char* uri :
         {"//evil.com", "///evil.com", "/\\evil.com", "\\\\evil.com",
          "/\t/evil.com", "https://evil.com", "HTTPS:evil.com",
          "javascript:alert(1)", "//evil.com/%2e%2e", "/..//evil.com",
          "/a\r\nSet-Cookie:x=1", "/a b", "", "//app.example\\@evil.com"}) {
        EXPECT_EQ(target_of(uri), "/") << uri;
    }
}

// AC-220
TEST(ReturnTarget, IsNeverTruncated) {
    const std::string longest(base::SameOriginUri::kMaxLength - 1, 'a');
    EXPECT_EQ(target_of("/" + longest), "/" + longest);
    EXPECT_EQ(target_of("/" + longest + "a"), "/");
    EXPECT_EQ(target_of("/" + std::string(65536, 'a')), "/");
}

// AC-222
TEST(ReturnTarget, IsNeverAnOwnEndpoint) {
    const std::string state(32, 'y');
    EXPECT_EQ(target_of("/oidc_callback?code=x&state=" + state), "/");
    EXPECT_EQ(target_of("/oidc_callback?error=x"), "/");
    EXPECT_EQ(target_of("/logout"), "/");
    EXPECT_EQ(target_of("/app?bye=1", "", "GET", "bye"), "/");
}

// U37: where redirect_uri is a page, a state of another form is the page's.
TEST(ReturnTarget, KeepsAStateThatIsNotOurs) {
    EXPECT_EQ(target_of("/oidc_callback?code=DE&state=NY"),
              "/oidc_callback?code=DE&state=NY");
}

// AC-224
TEST(ReturnTarget, IsTheUrlOfAGetAlone) {
    for (const char* method : {"POST", "PUT", "DELETE", "HEAD", "get", ""}) {
        EXPECT_EQ(target_of("/app", "", method), "/") << method;
    }
}

TEST(ReturnTarget, IsThatOfTheLocationIfConfigured) {
    EXPECT_EQ(target_of("/app?x", "/home?y"), "/home?y");
    EXPECT_EQ(target_of("/app?x", "//evil.com"), "/");
}

}  // namespace
}  // namespace oidc::test
