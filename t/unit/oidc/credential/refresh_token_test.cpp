// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/refresh_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oidc/exchange_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

using testing::HasSubstr;

// A caller keeps a refresh token and shows it in a header.
class RefreshTokenStory : public SwapStory {
public:
    RefreshTokenStory() {
        provider.refresh_token_header = "x-refresh-token";
        accept({Method::refresh_token, Method::bearer});
        provider_says = [this](const Call&) {
            return json_reply(R"({"access_token":")" +
                              SigningKey::ours().token(access_token().text()) +
                              R"(","id_token":")" +
                              SigningKey::ours().token(id_token().text()) +
                              R"(","token_type":"Bearer","expires_in":3600})");
        };
    }
    Payload access_token() const {
        return machine_token(kClient).set("sub", json_string("user-1"));
    }
    Payload id_token() const {
        return good_claims(provider, "", now)
            .drop("nonce")
            .set("cognito:username", json_string("jane"));
    }
    Request shows(std::string token) const {
        Request r = request();
        r.refresh_tokens = {std::move(token)};
        return r;
    }
};

TEST(RefreshTokenCredential, GivesAnIdentity) {
    RefreshTokenStory s;
    const auto guest = s.serve(s.shows("a.refresh.token.of.five"));
    ASSERT_EQ(guest->outcome(), "allow");
    EXPECT_EQ(guest->identity()->method, Method::refresh_token);
    EXPECT_EQ(guest->identity()->user, "jane");
    EXPECT_FALSE(guest->identity()->access_token.empty());

    const auto& call = s.calls.at(0);
    EXPECT_EQ(call.kind, CallKind::token_refresh);
    EXPECT_THAT(call.body, HasSubstr("grant_type=refresh_token&"
                                     "refresh_token=a.refresh.token.of.five"));
    EXPECT_THAT(call.authorization, HasSubstr("Basic "));
}

TEST(RefreshTokenCredential, RepeatedTokenMakesOneCall) {
    RefreshTokenStory s;
    for (int i = 0; i < 4; i++) {
        EXPECT_EQ(s.outcome(s.shows("good")), "allow");
        s.ports.forget_identities();
    }
    EXPECT_EQ(s.calls.size(), 1u);
}

TEST(RefreshTokenCredential, RefusalsAndFailuresAreDistinguished) {  // AC-158
    const std::tuple<const char*, unsigned, const char*> table[] = {
        {"invalid_grant", 400, "401 credentials_refused"},
        {"invalid_client", 400, "500 client_refused"},
        {"unauthorized_client", 400, "500 client_refused"},
        {"unsupported_grant_type", 400, "500 client_refused"},
        {"invalid_request", 400, "503 idp_error"},
        {"x", 429, "503 idp_throttled"},
        {"x", 500, "503 idp_error"},
    };
    for (const auto& [word, status, outcome] : table) {
        RefreshTokenStory s;
        s.provider_says = [&, w = word, n = status](const Call&) {
            return s.error_reply(w, n);
        };
        EXPECT_EQ(s.outcome(s.shows("bad")), outcome) << word;
    }
}

TEST(RefreshTokenCredential, TokensOfAnotherClientAreRefused) {
    RefreshTokenStory s;
    s.provider_says = [&](const Call&) {
        return s.token_reply(s.access_token().set("client_id", "\"x\""));
    };
    EXPECT_EQ(s.outcome(s.shows("stolen")), "503 idp_malformed");
}

TEST(RefreshTokenCredential,
     HeaderFormsAreAcceptedOrRefused) {  // AC-294, AC-295
    RefreshTokenStory s;
    for (const char* token : {"", " ", "a b", "a\tb", "a\nb", "\xc3\xbc"}) {
        EXPECT_EQ(s.outcome(s.shows(token)), "400 authorization_malformed")
            << token;
    }
    Request twice = s.shows("good");
    twice.refresh_tokens.push_back("good");
    EXPECT_EQ(s.outcome(twice), "400 authorization_repeated");
    EXPECT_TRUE(s.calls.empty());
}

TEST(RefreshTokenCredential, AuthorizationHeaderTakesPrecedence) {
    RefreshTokenStory s;
    Request both = s.shows("good");
    both.authorization = {"Bearer rubbish"};
    EXPECT_EQ(s.outcome(both), "401 token_malformed");
    EXPECT_TRUE(s.calls.empty());
}

TEST(RefreshTokenCredential, IsIgnoredIfNotEnabled) {
    RefreshTokenStory s;
    s.location.methods = {};
    s.accept({Method::bearer, Method::session});
    EXPECT_EQ(s.outcome(s.shows("good")), "401 session_missing");
    EXPECT_TRUE(s.calls.empty());
}

}  // namespace
}  // namespace oidc::test
