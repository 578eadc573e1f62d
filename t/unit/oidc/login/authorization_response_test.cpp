// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/authorization_response.hpp"

#include <gtest/gtest.h>

namespace oidc {
namespace {

std::string read_as(std::string_view query) {
    auto r = login::parse_authorization_response(query);
    return r ? "ok" : std::string(base::word(r.error().code));
}

TEST(AuthorizationResponse, ReadsACode) {
    auto r = login::parse_authorization_response("code=a%2Bb%26c+d&state=S-_9");
    ASSERT_TRUE(r);
    EXPECT_EQ(r->code, "a+b&c d");
    EXPECT_EQ(r->state, "S-_9");
    EXPECT_FALSE(r->error);
    EXPECT_FALSE(r->iss);
}

TEST(AuthorizationResponse, ReadsAnError) {
    auto r = login::parse_authorization_response(
        "error=access_denied&error_description=%3Cb%3E&state=x");
    ASSERT_TRUE(r);
    EXPECT_TRUE(r->error);
    EXPECT_TRUE(r->code.empty());
}

// RFC 9207: decoded once, and "present but empty" is not absent.
TEST(AuthorizationResponse, ReadsTheIssuer) {
    auto r = login::parse_authorization_response(
        "code=c&state=s&iss=https%3A%2F%2Fidp.example");
    ASSERT_TRUE(r);
    EXPECT_EQ(r->iss, "https://idp.example");
    r = login::parse_authorization_response("code=c&state=s&iss");
    ASSERT_TRUE(r);
    EXPECT_EQ(r->iss, "");
}

TEST(AuthorizationResponse, IgnoresUnknownParameters) {
    EXPECT_EQ(read_as("code=c&state=s&session_state=x&scope=a&x=1&x=2"), "ok");
}

// AC-110
TEST(AuthorizationResponse, NeedsAState) {
    EXPECT_EQ(read_as("code=x"), "state_missing");
    EXPECT_EQ(read_as("code=x&state="), "state_missing");
    EXPECT_EQ(read_as("error=x"), "state_missing");
    EXPECT_EQ(read_as(""), "state_missing");
    EXPECT_EQ(read_as("code=x&State=y"), "state_missing");
}

// AC-115
TEST(AuthorizationResponse, RefusesRepeatedParameters) {
    for (const char* query :
         {"code=a&state=s&code=a", "code=a&state=s&code=b",
          "code=a&state=s&state=s", "code=a&state=s&state=t",
          "state=&state=s&code=a", "code=a&state=s&iss=i&iss=i",
          "error=e&error=e&state=s", "code=a&state=s&c%6fde=a",
          "code=a&state=s&code"}) {
        EXPECT_EQ(read_as(query), "callback_malformed") << query;
    }
    // ';' separates nothing: this is one code, for the provider to refuse.
    EXPECT_EQ(read_as("code=1;code=2&state=s"), "ok");
}

// AC-116
TEST(AuthorizationResponse, RefusesMalformedQueries) {
    for (const char* query :
         {"code=%&state=s", "code=%zz&state=s", "code=%00&state=s",
          "code&state=s", "code=&state=s", "state=s", "state=s&x=%",
          "code=a&state=%0", "&&&%&&&"}) {
        EXPECT_EQ(read_as(query), "callback_malformed") << query;
    }
    EXPECT_EQ(read_as("&&&"), "state_missing");
    EXPECT_EQ(read_as("="), "state_missing");
}

// AC-116: limits.
TEST(AuthorizationResponse, RefusesLongQueries) {
    const auto code = [](std::size_t size) {
        return "state=s&code=" + std::string(size, 'a');
    };
    const std::size_t rest = code(0).size();
    EXPECT_EQ(read_as(code(login::kMaxCallbackQueryBytes - rest)), "ok");
    EXPECT_EQ(read_as(code(login::kMaxCallbackQueryBytes - rest + 1)),
              "callback_malformed");
    EXPECT_EQ(read_as("state=s&code=c&x=" + std::string(8192, 'a')),
              "callback_malformed");
    std::string many = "state=s&code=c";
    for (int i = 0; i < 1000; i++) {
        many += "&a=b";
    }
    EXPECT_EQ(read_as(many), "callback_malformed");
}

// AC-119
TEST(AuthorizationResponse, RefusesCodeAndErrorTogether) {
    EXPECT_EQ(read_as("code=c&error=e&state=s"), "callback_malformed");
    EXPECT_EQ(read_as("code=&error=e&state=s"), "callback_malformed");
}

// AC-127
TEST(AuthorizationResponse, RefusesTokens) {
    for (const char* name : {"id_token", "access_token", "response"}) {
        const std::string token = std::string(name) + "=t&state=s";
        EXPECT_EQ(read_as(token), "callback_malformed");
        EXPECT_EQ(read_as(token + "&code=c"), "callback_malformed");
        EXPECT_EQ(read_as(token + "&error=e"), "callback_malformed");
        EXPECT_EQ(read_as(token + "&" + token), "callback_malformed");
    }
}

}  // namespace
}  // namespace oidc
