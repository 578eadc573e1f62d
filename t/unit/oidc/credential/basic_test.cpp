// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/basic.hpp"

#include <gtest/gtest.h>

#include "oidc/exchange_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

std::optional<Method> decide(const Provider& provider,
                             std::initializer_list<Method> accepted,
                             std::string_view name) {
    Location l;
    for (const Method m : accepted) {
        l.methods.add(m);
    }
    return credential::basic_method(provider, l, name);
}

constexpr auto kMachineWay = Method::client_credentials;
constexpr auto kPersonWay = Method::password;

TEST(BasicMethod, IsTheOneEnabled) {
    for (const Provider& p : {cognito_provider(), generic_provider()}) {
        for (const char* name : {kMachine, "jane", "jane@example.com", ""}) {
            EXPECT_EQ(decide(p, {kMachineWay}, name), kMachineWay) << name;
            EXPECT_EQ(decide(p, {kPersonWay}, name), kPersonWay) << name;
        }
    }
}

TEST(BasicMethod, IsNoneIfNoneIsEnabled) {
    for (const Provider& p : {cognito_provider(), generic_provider()}) {
        EXPECT_EQ(decide(p, {}, kMachine), std::nullopt);
        EXPECT_EQ(decide(p, {Method::bearer, Method::session}, "jane"),
                  std::nullopt);
    }
}

TEST(BasicMethod, IsClientCredentialsForAClientIdOfCognito) {
    const Provider p = cognito_provider();
    for (const char* client :
         {kMachine, "2lqm8o7or9hfrq0t6eofhqj88i", "aaaaaaaaaaaaaaaaaaaaaaaaaa",
          "00000000000000000000000000"}) {
        EXPECT_EQ(decide(p, {kMachineWay, kPersonWay}, client), kMachineWay)
            << client;
    }
    for (const char* person :
         {"", "jane", "jane@example.com", "2lqm8o7or9hfrq0t6eofhqj88",
          "2lqm8o7or9hfrq0t6eofhqj88ii", "2Lqm8o7or9hfrq0t6eofhqj88i",
          "2lqm8o7or9hfrq0t6eofhqj88-", "2lqm8o7or9hfrq0t6eofhqj88\xc3"}) {
        EXPECT_EQ(decide(p, {kMachineWay, kPersonWay}, person), kPersonWay)
            << person;
    }
}

TEST(BasicMethod, IsPasswordForANameWithAnAtSign) {
    const Provider p = generic_provider();
    for (const char* client : {"", "service", kMachine, "a.b:c"}) {
        EXPECT_EQ(decide(p, {kMachineWay, kPersonWay}, client), kMachineWay)
            << client;
    }
    for (const char* person : {"jane@example.com", "@", "a@"}) {
        EXPECT_EQ(decide(p, {kMachineWay, kPersonWay}, person), kPersonWay)
            << person;
    }
}

TEST(Basic, OtherMethodIsNeverTried) {
    for (const char* name : {kMachine, "jane"}) {
        SwapStory s;
        s.provider.service_url = "https://cognito-idp.example";
        s.accept({Method::client_credentials, Method::password});
        s.provider_says = [](const Call& call) {
            return call.kind == CallKind::password
                       ? json_reply(R"({"__type":"NotAuthorizedException"})",
                                    400)
                       : SwapStory::error_reply("invalid_client");
        };
        EXPECT_EQ(s.outcome(s.with_basic(name, "wrong")),
                  "401 credentials_refused");
        ASSERT_EQ(s.calls.size(), 1u);
        EXPECT_EQ(s.calls[0].kind, name == kMachine
                                       ? CallKind::token_client_credentials
                                       : CallKind::password);
    }
}

TEST(Basic, BadCredentialIsNotTriedByAnotherMethod) {  // AC-298
    SwapStory s;
    s.accept({Method::client_credentials, Method::session,
              Method::authorization_code});
    s.provider_says = [](const Call&) {
        return SwapStory::error_reply("invalid_client");
    };
    Request browser;
    browser.authorization = {basic(kMachine, "wrong")};
    EXPECT_EQ(s.outcome(browser), "401 credentials_refused")
        << "no redirect to log in";
}

}  // namespace
}  // namespace oidc::test
