#include "fakes.hpp"

namespace oidc::test {
namespace {

Endpoint classified(std::string uri, const Provider& p = generic_provider()) {
    Request r;
    r.uri = std::move(uri);
    return classify(p, r.facts());
}

TEST(Classify, ACallbackHasAStateAndAResponse) {
    EXPECT_EQ(classified("/oidc_callback?code=x&state=y"), Endpoint::callback);
    EXPECT_EQ(classified("/oidc_callback?state=y&error=x"), Endpoint::callback);
    EXPECT_EQ(classified("/oidc_callback?state=&code="), Endpoint::callback);
}

// AC-127: what was never asked for comes to be refused.
TEST(Classify, ForeignResponseTypesAreCallbacksToo) {
    for (const char* query : {"id_token=x", "access_token=x", "response=x"}) {
        EXPECT_EQ(classified(std::string("/oidc_callback?state=y&") + query),
                  Endpoint::callback)
            << query;
    }
}

// AC-110
TEST(Classify, AResponseWithoutAStateIsTold) {
    EXPECT_EQ(classified("/oidc_callback?code=x"),
              Endpoint::callback_stateless);
    EXPECT_EQ(classified("/oidc_callback?error=x"),
              Endpoint::callback_stateless);
}

TEST(Classify, TheProvidersLogoutsHaveTheirPaths) {
    Provider p = generic_provider();
    EXPECT_EQ(classified("/front", p), Endpoint::none);
    EXPECT_EQ(classified("", p), Endpoint::none);
    p.logout.frontchannel_path = "/front";
    p.logout.backchannel_path = "/back";
    EXPECT_EQ(classified("/front?iss=x&sid=y", p),
              Endpoint::frontchannel_logout);
    EXPECT_EQ(classified("/back", p), Endpoint::backchannel_logout);
    EXPECT_EQ(classified("/back/x", p), Endpoint::none);
}

// The redirect_uri may be the protected URL itself: its own parameters, and
// none, are no callback.
TEST(Classify, ThePathAloneIsNoCallback) {
    for (const char* uri :
         {"/oidc_callback", "/oidc_callback?", "/oidc_callback?a=code",
          "/oidc_callback?state=y", "/oidc_callback?xcode=1&state=y",
          "/oidc_callback?codex=1&state=y"}) {
        EXPECT_EQ(classified(uri), Endpoint::none) << uri;
    }
}

TEST(Classify, AnotherPathIsNoCallback) {
    for (const char* uri :
         {"/?code=x&state=y", "/oidc_callback/?code=x&state=y",
          "/OIDC_callback?code=x&state=y", "/x/oidc_callback?code=x&state=y"}) {
        EXPECT_EQ(classified(uri), Endpoint::none) << uri;
    }
}

// AC-116: nothing in a query is hard to read.
TEST(Classify, OddQueries) {
    for (const char* query : {"&&&", "=", "&=&", "=code", "%", "%zz", "&"}) {
        EXPECT_EQ(classified(std::string("/oidc_callback?") + query),
                  Endpoint::none)
            << query;
    }
    EXPECT_EQ(classified("/oidc_callback?code"), Endpoint::callback_stateless);
    EXPECT_EQ(classified("/oidc_callback?code=%zz&state"), Endpoint::callback);
    EXPECT_EQ(classified("/oidc_callback?&&state&&code&&"), Endpoint::callback);
}

TEST(Classify, EveryRedirectUriIsAnswered) {
    Provider p = generic_provider();
    p.redirect_uris = {{"/a", ""}, {"/b", "https://app.example"}};
    EXPECT_EQ(classified("/a?code=x&state=y", p), Endpoint::callback);
    EXPECT_EQ(classified("/b?code=x&state=y", p), Endpoint::callback);
    EXPECT_EQ(classified("/oidc_callback?code=x&state=y", p), Endpoint::none);
}

TEST(Classify, LogoutIsThePathWhateverTheQuery) {
    EXPECT_EQ(classified("/logout"), Endpoint::logout);
    EXPECT_EQ(classified("/logout?code=x&state=y"), Endpoint::logout);
    EXPECT_EQ(classified("/logout/"), Endpoint::none);
    Provider p = generic_provider();
    p.logout.uri.reset();
    EXPECT_EQ(classified("/logout", p), Endpoint::none);
}

TEST(LogoutRequest, IsToldByItsArgument) {
    Provider p = generic_provider();
    Request r;
    r.uri = "/app?x=1&bye=1";
    EXPECT_FALSE(is_logout_request(p, r.facts()));
    p.logout.query_arg = "bye";
    EXPECT_TRUE(is_logout_request(p, r.facts()));
    for (const char* uri : {"/app", "/app?goodbye=1", "/app?x=bye", "/bye"}) {
        r.uri = uri;
        EXPECT_FALSE(is_logout_request(p, r.facts())) << uri;
    }
}

}  // namespace
}  // namespace oidc::test
