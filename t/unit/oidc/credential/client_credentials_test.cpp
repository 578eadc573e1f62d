// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/client_credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oidc/exchange_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A machine shows its id and secret.
class MachineStory : public SwapStory {
public:
    explicit MachineStory(Provider p = cognito_provider())
        : SwapStory(std::move(p)) {
        // Nothing but an issuer is needed.
        provider.client_id.clear();
        provider.client_secret = {};
        provider.audience.clear();
        provider.allowed_clients.clear();
        accept({Method::client_credentials});
        provider_says = [this](const Call&) {
            return token_reply(machine_token());
        };
    }
    Request machine() const { return with_basic(kMachine, kMachineSecret); }
};

TEST(ClientCredentials, IdAndSecretGiveAnIdentity) {
    MachineStory s;
    const auto guest = s.serve(s.machine());

    ASSERT_EQ(guest->outcome(), "allow");
    const Identity* who = guest->identity();
    ASSERT_TRUE(who);
    EXPECT_EQ(who->method, Method::client_credentials);
    EXPECT_EQ(who->user, kMachine);
    EXPECT_EQ(who->client_id, kMachine);
    EXPECT_EQ(who->scope, "kongresource/scope1");
    EXPECT_THAT(std::string(who->access_token.reveal()), HasSubstr("eyJ"));
    EXPECT_EQ(who->expires, s.now + base::Seconds{3600});
}

TEST(ClientCredentials, LifetimeIsTheEarlierOfExpAndExpiresIn) {
    MachineStory s;
    s.provider_says = [&](const Call&) {
        return s.token_reply(s.machine_token(), 300);
    };
    EXPECT_EQ(s.serve(s.machine())->identity()->expires,
              s.now + base::Seconds{300});
}

TEST(ClientCredentials, SecretOfTheCallerIsSent) {
    MachineStory s;
    s.provider.client_id = "ours";
    s.provider.client_secret = base::Secret("our secret, nobody else's");
    s.outcome(s.machine());

    ASSERT_EQ(s.calls.size(), 1u);
    const auto& call = s.calls[0];
    EXPECT_EQ(call.kind, CallKind::token_client_credentials);
    EXPECT_EQ(call.url, "https://pool.auth.example/oauth2/token");
    EXPECT_EQ(call.authorization,
              basic(kMachine, "machine%20secret%20of%20the%20test"));
    EXPECT_THAT(call.body, HasSubstr("grant_type=client_credentials"));
    EXPECT_THAT(call.body, Not(HasSubstr("ours")));
    EXPECT_THAT(call.body, Not(HasSubstr("openid")));
}

TEST(ClientCredentials, SecretsAreEncodedForBasicAndPost) {  // AC-159
    MachineStory s;
    s.outcome(s.with_basic(kMachine, "a:b%+ ü&c=d"));
    EXPECT_EQ(s.calls.at(0).authorization,
              basic(kMachine, "a%3Ab%25%2B%20%C3%BC%26c%3Dd"));

    MachineStory post;
    post.provider.client_auth = ClientAuth::post;
    post.outcome(post.with_basic(kMachine, "a:b%+ ü&c=d"));
    EXPECT_EQ(post.calls.at(0).authorization, "");
    EXPECT_THAT(post.calls.at(0).body,
                HasSubstr("client_secret=a%3Ab%25%2B%20%C3%BC%26c%3Dd"));
}

TEST(ClientCredentials, AWrongSecretIsRefused) {
    MachineStory s;
    s.provider_says = [&](const Call&) {
        return s.error_reply("invalid_client");
    };
    const auto guest = s.serve(s.with_basic("1", "1"));

    ASSERT_EQ(guest->outcome(), "401 credentials_refused");
    const Response& a = answer(guest->step());
    EXPECT_THAT(a.www_authenticate,
                HasSubstr("Bearer realm=\"cognito-idp.us-west-1.amazonaws."
                          "com\", error=\"invalid_token\""));
    EXPECT_EQ(a.content_type, "application/json; charset=utf-8");
    EXPECT_EQ(a.body, R"({"error":"invalid_token","message":"Unauthorized"})");
    EXPECT_EQ(s.calls.size(), 1u) << "the provider was asked";
}

// What the token endpoint says, and what the caller hears.
TEST(ClientCredentials,
     RefusalsAndFailuresAreDistinguished) {  // AC-158, AC-410
    const std::pair<ProviderReply (*)(), const char*> table[] = {
        {[] { return SwapStory::error_reply("invalid_client"); },
         "401 credentials_refused"},
        {[] { return SwapStory::error_reply("invalid_client", 401); },
         "401 credentials_refused"},
        {[] { return json_reply("{}", 401); }, "401 credentials_refused"},
        {[] { return SwapStory::error_reply("unauthorized_client"); },
         "401 credentials_refused"},
        {[] { return SwapStory::error_reply("invalid_scope"); },
         "403 scope_missing"},
        {[] { return SwapStory::error_reply("unsupported_grant_type"); },
         "500 client_refused"},
        {[] { return SwapStory::error_reply("invalid_request"); },
         "503 idp_error"},
        {[] { return SwapStory::error_reply("temporarily_unavailable"); },
         "503 idp_error"},
        {[] { return SwapStory::error_reply("invalid_client", 429); },
         "503 idp_throttled"},
        {[] { return SwapStory::error_reply("invalid_client", 500); },
         "503 idp_error"},
        {[] { return json_reply("{}", 403); }, "503 idp_error"},
        {[] { return json_reply("", 302); }, "503 idp_error"},
        {[] { return json_reply("{}"); }, "500 idp_unsupported"},
        {[] { return json_reply("<html>"); }, "503 idp_malformed"},
        {[] { return json_reply("[]"); }, "503 idp_malformed"},
        {[] { return SwapStory::failed(ProviderReply::Failure::unreachable); },
         "503 idp_unreachable"},
        {[] { return SwapStory::failed(ProviderReply::Failure::timeout); },
         "503 idp_timeout"},
        {[] { return SwapStory::failed(ProviderReply::Failure::tls); },
         "503 idp_tls"},
        {[] { return SwapStory::failed(ProviderReply::Failure::too_large); },
         "503 idp_too_large"},
        {[] { return SwapStory::failed(ProviderReply::Failure::broken); },
         "503 idp_malformed"},
    };
    for (const auto& [reply, outcome] : table) {
        MachineStory s;
        s.provider_says = [&, made = reply](const Call&) { return made(); };
        EXPECT_EQ(s.outcome(s.machine()), outcome);
    }
}

TEST(ClientCredentials, HtmlWithStatus200IsAFailure) {  // AC-156
    MachineStory s;
    s.provider_says = [&](const Call&) {
        ProviderReply r = s.token_reply(s.machine_token());
        r.content_type = "text/html";
        return r;
    };
    EXPECT_EQ(s.outcome(s.machine()), "503 idp_malformed");
}

TEST(ClientCredentials, TokenIsVerified) {
    const auto outcome_of = [](const std::string& token) {
        MachineStory s;
        s.provider_says = [&](const Call&) { return s.token_reply(token); };
        return s.outcome(s.machine());
    };
    const MachineStory s;
    const auto signed_by_us = [](const Payload& p) {
        return SigningKey::ours().token(p.text());
    };
    EXPECT_EQ(outcome_of(signed_by_us(s.machine_token())), "allow");
    for (const std::string& token : {
             std::string("opaque"),
             SigningKey::unsigned_token(s.machine_token().text()),
             SigningKey::other().token(s.machine_token().text()),
             signed_by_us(s.machine_token().set("iss", R"("https://x")")),
             signed_by_us(s.machine_token().drop("exp")),
             signed_by_us(s.machine_token().set("exp", "1500000000")),
             signed_by_us(s.machine_token().set("cnf", "{}")),
             signed_by_us(s.machine_token("somebody-else")),
         }) {
        EXPECT_EQ(outcome_of(token), "503 idp_malformed") << token;
    }
    EXPECT_EQ(
        outcome_of(signed_by_us(s.machine_token().set("token_use", R"("id")"))),
        "401 token_use_mismatch");  // AC-399
}

TEST(ClientCredentials, ClientNotListedIsRefused) {  // AC-400
    MachineStory s;
    s.provider.allowed_clients = {"another"};
    EXPECT_EQ(s.outcome(s.machine()), "401 client_id_mismatch");
    EXPECT_EQ(s.outcome(s.machine()), "401 client_id_mismatch") << "cached";
    EXPECT_EQ(s.calls.size(), 1u);

    s.provider.allowed_clients = {"another", kMachine};
    EXPECT_EQ(s.outcome(s.machine()), "allow");
    s.provider.allowed_clients = {"another"};
    s.provider.any_client = true;
    EXPECT_EQ(s.outcome(s.machine()), "allow");
}

TEST(ClientCredentials, OwnClientIdIsNoListOfClients) {
    MachineStory s;
    s.provider.client_id = "ours";
    EXPECT_EQ(s.outcome(s.machine()), "allow");
}

TEST(ClientCredentials, AudienceIsCheckedIfConfigured) {  // AC-311
    MachineStory s{generic_provider()};
    s.provider_says = [&](const Call&) {
        return s.token_reply(
            s.machine_token().set("aud", json_string("https://api")));
    };
    EXPECT_EQ(s.outcome(s.machine()), "allow");
    s.location.audience = {"https://other"};
    EXPECT_EQ(s.outcome(s.machine()), "403 audience_not_met");
    s.location.audience = {"https://api"};
    EXPECT_EQ(s.outcome(s.machine()), "allow");
    s.location.audience.clear();
    s.provider.audience = {"https://other"};
    EXPECT_EQ(s.outcome(s.machine()), "401 aud_mismatch");
    EXPECT_EQ(s.calls.size(), 1u) << "judged anew, asked once";
}

TEST(ClientCredentials, RulesOfTheLocationAreEnforced) {
    MachineStory s;
    s.require_scope({{{"kongresource/scope2"}}});
    const auto guest = s.serve(s.machine());
    ASSERT_EQ(guest->outcome(), "403 scope_missing");
    EXPECT_THAT(answer(guest->step()).www_authenticate,
                HasSubstr("scope=\"kongresource/scope2\""));
}

TEST(ClientCredentials, FailsWithoutATokenEndpoint) {
    MachineStory s;
    s.ports.known_metadata->endpoints.token.clear();
    EXPECT_EQ(s.outcome(s.machine()), "503 endpoint_missing");
    EXPECT_TRUE(s.calls.empty());
}

TEST(ClientCredentials, HeaderFormsAreAcceptedOrRefused) {  // AC-294
    const std::pair<std::string, const char*> table[] = {
        {"Basic", "400 authorization_malformed"},
        {"Basic ", "400 authorization_malformed"},
        {"Basic\teDp5", "400 authorization_malformed"},
        {"Basic eDp5,eDp5", "400 authorization_malformed"},
        {"Basic e", "400 authorization_malformed"},
        {"Basic eHk=", "400 authorization_malformed"},      // xy
        {"Basic eAA6eQ==", "400 authorization_malformed"},  // x NUL
        {"Basicx eDp5", "401 method_not_enabled"},
        {"Digest eDp5", "401 method_not_enabled"},
        {"Bearer eDp5", "401 method_not_enabled"},
        {basic("", "secret"), "401 credentials_refused"},
        {basic(kMachine, ""), "401 credentials_refused"},
    };
    for (const auto& [header, outcome] : table) {
        MachineStory s;
        EXPECT_EQ(s.outcome(s.with_authorization(header)), outcome) << header;
        EXPECT_TRUE(s.calls.empty()) << header;
    }
    MachineStory s;
    Request twice = s.machine();
    twice.authorization.push_back(twice.authorization.front());
    EXPECT_EQ(s.outcome(twice), "400 authorization_repeated");
    std::string lower = basic(kMachine, kMachineSecret);
    lower.replace(0, 5, "bASIC");
    EXPECT_EQ(s.outcome(s.with_authorization(lower)), "allow");
}

TEST(ClientCredentials, IsRefusedIfNotEnabled) {
    MachineStory s;
    s.location.methods = {};
    s.location.methods.add(Method::bearer).add(Method::session);
    EXPECT_EQ(s.outcome(s.machine()), "401 method_not_enabled");
    EXPECT_TRUE(s.calls.empty());
}

TEST(MachineScope, IsThatOfTheLocationOrTheProvider) {
    Provider cognito = cognito_provider();
    Provider generic = generic_provider();
    Location l;

    EXPECT_EQ(credential::machine_scope(cognito, l), "");
    cognito.scope = generic.scope = "openid email  a/b phone c";
    EXPECT_EQ(credential::machine_scope(cognito, l), "a/b c");
    EXPECT_EQ(credential::machine_scope(generic, l), "a/b c");

    l.scopes = {{{"r/x", "r/y"}, {"r/z"}}, {{"r/y"}}, {{"r/w"}}};
    EXPECT_EQ(credential::machine_scope(cognito, l), "r/x r/y r/w");
    l.scopes = {{{"openid"}}, {{"email"}}};
    EXPECT_EQ(credential::machine_scope(cognito, l), "");
    EXPECT_EQ(credential::machine_scope(generic, l), "openid email");
}

}  // namespace
}  // namespace oidc::test
