// SPDX-License-Identifier: Apache-2.0
#include "oidc/fakes.hpp"
#include "oidc/web/own_endpoints.hpp"

namespace oidc::test {
namespace {

web::OwnEndpoint classified(std::string uri,
                            const Provider& p = generic_provider()) {
    Request r;
    r.uri = std::move(uri);
    return web::classify(p, r.facts());
}

TEST(OwnEndpoint, ACallbackHasAStateAndAResponse) {
    EXPECT_EQ(classified("/oidc_callback?code=x&state=y"),
              web::OwnEndpoint::callback);
    EXPECT_EQ(classified("/oidc_callback?state=y&error=x"),
              web::OwnEndpoint::callback);
    EXPECT_EQ(classified("/oidc_callback?state=&code="),
              web::OwnEndpoint::callback);
}

// AC-127: what was never asked for comes to be refused.
TEST(OwnEndpoint, ForeignResponseTypesAreCallbacksToo) {
    for (const char* query : {"id_token=x", "access_token=x", "response=x"}) {
        EXPECT_EQ(classified(std::string("/oidc_callback?state=y&") + query),
                  web::OwnEndpoint::callback)
            << query;
    }
}

// AC-110
TEST(OwnEndpoint, ResponseWithoutAStateIsReported) {
    EXPECT_EQ(classified("/oidc_callback?code=x"),
              web::OwnEndpoint::callback_stateless);
    EXPECT_EQ(classified("/oidc_callback?error=x"),
              web::OwnEndpoint::callback_stateless);
}

TEST(OwnEndpoint, ProviderLogoutsHaveTheirPaths) {
    Provider p = generic_provider();
    EXPECT_EQ(classified("/front", p), web::OwnEndpoint::none);
    EXPECT_EQ(classified("", p), web::OwnEndpoint::none);
    p.logout.frontchannel_path = "/front";
    p.logout.backchannel_path = "/back";
    EXPECT_EQ(classified("/front?iss=x&sid=y", p),
              web::OwnEndpoint::frontchannel_logout);
    EXPECT_EQ(classified("/back", p), web::OwnEndpoint::backchannel_logout);
    EXPECT_EQ(classified("/back/x", p), web::OwnEndpoint::none);
}

// The redirect_uri may be the protected URL itself: its own parameters, and
// none, are no callback.
TEST(OwnEndpoint, ThePathAloneIsNoCallback) {
    for (const char* uri :
         {"/oidc_callback", "/oidc_callback?", "/oidc_callback?a=code",
          "/oidc_callback?state=y", "/oidc_callback?xcode=1&state=y",
          "/oidc_callback?codex=1&state=y"}) {
        EXPECT_EQ(classified(uri), web::OwnEndpoint::none) << uri;
    }
}

TEST(OwnEndpoint, AnotherPathIsNoCallback) {
    for (const char* uri :
         {"/?code=x&state=y", "/oidc_callback/?code=x&state=y",
          "/OIDC_callback?code=x&state=y", "/x/oidc_callback?code=x&state=y"}) {
        EXPECT_EQ(classified(uri), web::OwnEndpoint::none) << uri;
    }
}

// AC-116: nothing in a query is hard to read.
TEST(OwnEndpoint, OddQueriesAreClassified) {
    for (const char* query : {"&&&", "=", "&=&", "=code", "%", "%zz", "&"}) {
        EXPECT_EQ(classified(std::string("/oidc_callback?") + query),
                  web::OwnEndpoint::none)
            << query;
    }
    EXPECT_EQ(classified("/oidc_callback?code"),
              web::OwnEndpoint::callback_stateless);
    EXPECT_EQ(classified("/oidc_callback?code=%zz&state"),
              web::OwnEndpoint::callback);
    EXPECT_EQ(classified("/oidc_callback?&&state&&code&&"),
              web::OwnEndpoint::callback);
}

TEST(OwnEndpoint, EveryRedirectUriIsAnswered) {
    Provider p = generic_provider();
    p.redirect_uris = {{"/a", ""}, {"/b", "https://app.example"}};
    EXPECT_EQ(classified("/a?code=x&state=y", p), web::OwnEndpoint::callback);
    EXPECT_EQ(classified("/b?code=x&state=y", p), web::OwnEndpoint::callback);
    EXPECT_EQ(classified("/oidc_callback?code=x&state=y", p),
              web::OwnEndpoint::none);
}

TEST(OwnEndpoint, LogoutIsThePathWhateverTheQuery) {
    EXPECT_EQ(classified("/logout"), web::OwnEndpoint::logout);
    EXPECT_EQ(classified("/logout?code=x&state=y"), web::OwnEndpoint::logout);
    EXPECT_EQ(classified("/logout/"), web::OwnEndpoint::none);
    Provider p = generic_provider();
    p.logout.uri.reset();
    EXPECT_EQ(classified("/logout", p), web::OwnEndpoint::none);
}

TEST(LogoutRequest, IsRecognizedByItsArgument) {
    Provider p = generic_provider();
    Request r;
    r.uri = "/app?x=1&bye=1";
    EXPECT_FALSE(web::is_logout_request(p, r.facts()));
    p.logout.query_arg = "bye";
    EXPECT_TRUE(web::is_logout_request(p, r.facts()));
    for (const char* uri : {"/app", "/app?goodbye=1", "/app?x=bye", "/bye"}) {
        r.uri = uri;
        EXPECT_FALSE(web::is_logout_request(p, r.facts())) << uri;
    }
}

}  // namespace
}  // namespace oidc::test
