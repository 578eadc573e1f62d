// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/password.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oidc/exchange_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::HasSubstr;
using testing::Not;

// Jane shows her name and password to a place that takes them.
class PasswordStory : public SwapStory {
public:
    explicit PasswordStory(Provider p = cognito_provider())
        : SwapStory(std::move(p)) {
        provider.service_url = "https://cognito-idp.us-west-1.amazonaws.com";
        accept({Method::password});
        provider_says = [this](const Call&) {
            return provider.profile == Profile::cognito
                       ? signed_in(id_token(), access_token())
                       : granted(id_token(), "opaque");
        };
    }
    Request jane() const { return with_basic("jane", "Correct-horse1"); }

    Payload id_token() const {
        return good_claims(provider, "", now)
            .drop("nonce")
            .set("email", json_string("jane@example.com"))
            .set("cognito:username", json_string("jane"));
    }
    Payload access_token() const {
        return machine_token(kClient)
            .set("sub", json_string("user-1"))
            .set("scope", json_string("aws.cognito.signin.user.admin"));
    }
    static ProviderReply signed_in(const Payload& id, const Payload& access) {
        return amazon_reply(
            R"({"ChallengeParameters":{},"AuthenticationResult":{)"
            R"("AccessToken":")" +
            SigningKey::ours().token(access.text()) + R"(","IdToken":")" +
            SigningKey::ours().token(id.text()) +
            R"(","RefreshToken":"r","ExpiresIn":3600,"TokenType":"Bearer"}})");
    }
    static ProviderReply granted(const Payload& id, const std::string& access) {
        return json_reply(R"({"access_token":")" + access +
                          R"(","id_token":")" +
                          SigningKey::ours().token(id.text()) +
                          R"(","token_type":"bearer","expires_in":600})");
    }
    static ProviderReply amazon_reply(std::string body, unsigned status = 200) {
        ProviderReply r = json_reply(std::move(body), status);
        r.content_type = "application/x-amz-json-1.1";
        return r;
    }
    static ProviderReply amazon_error(std::string_view type,
                                      std::string_view message = "") {
        return amazon_reply(R"({"__type":")" + std::string(type) +
                                R"(","message":")" + std::string(message) +
                                R"("})",
                            400);
    }
    std::string outcome_of(ProviderReply reply) {
        auto shared = std::make_shared<ProviderReply>(std::move(reply));
        provider_says = [shared](const Call&) { return std::move(*shared); };
        return outcome(jane());
    }
};

// --- Cognito ----------------------------------------------------------------

TEST(Password, NameAndPasswordGiveAnIdentity) {
    PasswordStory s;
    const auto guest = s.serve(s.jane());
    ASSERT_EQ(guest->outcome(), "allow");
    const Identity* who = guest->identity();
    EXPECT_EQ(who->method, Method::password);
    EXPECT_EQ(who->user, "jane");
    EXPECT_EQ(who->client_id, kClient);
    EXPECT_EQ(who->scope, "aws.cognito.signin.user.admin");
    EXPECT_EQ(who->claims.string("email"), "jane@example.com");
    EXPECT_FALSE(who->access_token.empty());
    EXPECT_FALSE(who->id_token.empty());
}

TEST(Password, CognitoIsCalledByItsJsonApi) {
    PasswordStory s;
    s.outcome(s.with_basic("jane", "qu\"ote\\"));
    const auto& call = s.calls.at(0);
    EXPECT_EQ(call.kind, CallKind::password);
    EXPECT_EQ(call.url, "https://cognito-idp.us-west-1.amazonaws.com/");
    EXPECT_EQ(call.header,
              "X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth");
    EXPECT_EQ(call.content_type, "application/x-amz-json-1.1");
    EXPECT_EQ(call.authorization, "");
    auto body = base::json::Document::parse(call.body);
    ASSERT_TRUE(body) << call.body;
    const auto root = body->root();
    EXPECT_EQ(root.member("AuthFlow").string(), "USER_PASSWORD_AUTH");
    EXPECT_EQ(root.member("ClientId").string(), kClient);
    const auto parameters = root.member("AuthParameters");
    EXPECT_EQ(parameters.member("USERNAME").string(), "jane");
    EXPECT_EQ(parameters.member("PASSWORD").string(), "qu\"ote\\");
}

TEST(Password, TheSecretHashIsOfNameAndClient) {
    PasswordStory s;
    s.provider.client_id = "client";
    s.provider.client_secret = base::Secret("secret");
    s.outcome(s.jane());
    // printf janeclient | openssl dgst -sha256 -hmac secret -binary | base64
    EXPECT_THAT(s.calls.at(0).body,
                HasSubstr("\"SECRET_HASH\":"
                          "\"MRPITOHaaXF3U2mXQ8u/9mU3u+IhlYGP0cF9VpZjE5M=\""));

    PasswordStory public_client;
    public_client.provider.client_secret = {};
    public_client.outcome(public_client.jane());
    EXPECT_THAT(public_client.calls.at(0).body, Not(HasSubstr("SECRET_HASH")));
}

TEST(Password, ErrorsAreDistinguishedByType) {
    const std::tuple<const char*, const char*, const char*> table[] = {
        {"NotAuthorizedException", "Incorrect username or password.",
         "401 credentials_refused"},
        {"NotAuthorizedException", "Password attempts exceeded",
         "401 credentials_refused"},
        {"NotAuthorizedException", "User is disabled.",
         "401 credentials_refused"},
        {"com.amazonaws.cognito#NotAuthorizedException", "",
         "401 credentials_refused"},
        {"NotAuthorizedException",
         "Client x is configured with secret but SECRET_HASH was not received",
         "500 client_refused"},
        {"NotAuthorizedException", "Unable to verify secret hash for client x",
         "500 client_refused"},
        {"UserNotFoundException", "User does not exist.",
         "401 credentials_refused"},
        {"UserNotConfirmedException", "", "401 credentials_refused"},
        {"PasswordResetRequiredException", "", "401 credentials_refused"},
        {"UserLambdaValidationException", "no", "401 credentials_refused"},
        {"InvalidParameterException",
         "USER_PASSWORD_AUTH flow not enabled for this client",
         "500 client_refused"},
        {"InvalidParameterException",
         "1 validation error detected: Value at 'username' failed",
         "401 credentials_refused"},
        {"ResourceNotFoundException", "User pool client x does not exist.",
         "500 client_refused"},
        {"TooManyRequestsException", "Rate exceeded", "503 idp_throttled"},
        {"LimitExceededException", "", "503 idp_throttled"},
        {"InternalErrorException", "", "503 idp_error"},
        {"UnexpectedLambdaException", "", "503 idp_error"},
        {"ForbiddenException", "", "503 idp_error"},
        {"OperationNotEnabledException", "", "503 idp_error"},
        {"SomethingNew", "", "503 idp_error"},
        {"", "", "503 idp_error"},
    };
    for (const auto& [type, message, outcome] : table) {
        PasswordStory s;
        EXPECT_EQ(s.outcome_of(s.amazon_error(type, message)), outcome)
            << type << ": " << message;
    }
}

TEST(Password, RefusalIsCachedAndThrottlingIsNot) {  // AC-410
    PasswordStory s;
    EXPECT_EQ(s.outcome_of(s.amazon_error("TooManyRequestsException")),
              "503 idp_throttled");
    s.pass(2);
    EXPECT_EQ(s.outcome_of(s.amazon_error("NotAuthorizedException")),
              "401 credentials_refused");
    s.pass(2);
    EXPECT_EQ(s.outcome_of(s.signed_in(s.id_token(), s.access_token())),
              "401 credentials_refused");
    EXPECT_EQ(s.calls.size(), 2u);
    s.pass(3);
    EXPECT_EQ(s.outcome_of(s.signed_in(s.id_token(), s.access_token())),
              "allow");
}

TEST(Password, ChallengeIsRefused) {
    for (const char* name :
         {"NEW_PASSWORD_REQUIRED", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "MFA_SETUP",
          "CUSTOM_CHALLENGE", "SELECT_CHALLENGE", "DEVICE_SRP_AUTH"}) {
        PasswordStory s;
        EXPECT_EQ(s.outcome_of(s.amazon_reply(
                      R"({"ChallengeName":")" + std::string(name) +
                      R"(","Session":"s","ChallengeParameters":{}})")),
                  "401 credentials_refused")
            << name;
    }
}

TEST(Password, MalformedResponseIsAFailure) {  // AC-156, AC-157
    for (const char* body :
         {"", "<html>", "[]", "{}", "{\"AuthenticationResult\":null}",
          "{\"AuthenticationResult\":\"yes\"}",
          "{\"AuthenticationResult\":{\"TokenType\":\"Bearer\","
          "\"AccessToken\":7}}"}) {
        PasswordStory s;
        EXPECT_EQ(s.outcome_of(s.amazon_reply(body)), "503 idp_malformed")
            << body;
    }
    PasswordStory s;
    ProviderReply html = s.signed_in(s.id_token(), s.access_token());
    html.content_type = "text/html";
    EXPECT_EQ(s.outcome_of(std::move(html)), "503 idp_malformed");
}

TEST(Password, ResponseWithoutATokenIsNotSupported) {  // U21
    for (const char* body :
         {"{\"AuthenticationResult\":{}}",
          "{\"AuthenticationResult\":{\"TokenType\":\"Bearer\"}}"}) {
        PasswordStory s;
        EXPECT_EQ(s.outcome_of(s.amazon_reply(body)), "500 idp_unsupported")
            << body;
    }
}

TEST(Password, BothTokensAreVerified) {  // AC-399, AC-400
    const PasswordStory s;
    const auto judged = [](const Payload& id, const Payload& access) {
        PasswordStory story;
        return story.outcome_of(story.signed_in(id, access));
    };
    const Payload id = s.id_token();
    const Payload access = s.access_token();
    ASSERT_EQ(judged(id, access), "allow");
    const auto but = [](Payload p, const char* name, const char* json) {
        return p.set(name, json);
    };
    EXPECT_EQ(judged(access, access), "503 idp_malformed");
    EXPECT_EQ(judged(id, id), "503 idp_malformed");
    EXPECT_EQ(judged(but(id, "aud", "\"x\""), access), "503 idp_malformed");
    EXPECT_EQ(judged(but(id, "sub", "\"x\""), access), "503 idp_malformed");
    EXPECT_EQ(judged(but(id, "sub", "7"), access), "503 idp_malformed");
    EXPECT_EQ(judged(but(id, "iss", "\"x\""), access), "503 idp_malformed");
    EXPECT_EQ(judged(but(id, "exp", "1"), access), "503 idp_malformed");
    EXPECT_EQ(judged(id, but(access, "client_id", "\"x\"")),
              "503 idp_malformed");
    EXPECT_EQ(judged(id, but(access, "iss", "\"x\"")), "503 idp_malformed");
    EXPECT_EQ(judged(id, but(access, "exp", "1")), "503 idp_malformed");

    PasswordStory forged;
    EXPECT_EQ(forged.outcome_of(forged.amazon_reply(
                  R"({"AuthenticationResult":{"TokenType":"Bearer",)"
                  R"("ExpiresIn":3600,"AccessToken":")" +
                  SigningKey::other().token(access.text()) + "\"}}")),
              "503 idp_malformed");
}

TEST(Password, RepeatedPasswordMakesOneCall) {
    PasswordStory s;
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(s.outcome(s.jane()), "allow");
        s.ports.forget_identities();
    }
    EXPECT_EQ(s.calls.size(), 1u);
    const auto guest = s.serve(s.jane());
    EXPECT_EQ(guest->identity()->user, "jane") << "out of the cache, all of it";
    EXPECT_FALSE(guest->identity()->id_token.empty());
}

// --- over http --------------------------------------------------------------

TEST(Password, IsRefusedOverPlainHttp) {
    PasswordStory s;
    Request plain = s.jane();
    plain.scheme = "http";
    EXPECT_EQ(s.outcome(plain), "403 password_insecure");
    EXPECT_TRUE(s.calls.empty());

    s.provider.base_url = "http://app.example";
    EXPECT_EQ(s.outcome(s.jane()), "403 password_insecure")
        << "nginx sees https, the browser does not";
    s.provider.base_url = "https://app.example";
    EXPECT_EQ(s.outcome(plain), "allow");
    s.provider.base_url.clear();
    s.ports.forget_identities();
    s.provider.password_over_http = true;
    EXPECT_EQ(s.outcome(plain), "allow");
}

TEST(Password, CachedPasswordIsStillRefusedOverPlainHttp) {
    PasswordStory s;
    ASSERT_EQ(s.outcome(s.jane()), "allow");
    Request plain = s.jane();
    plain.scheme = "http";
    EXPECT_EQ(s.outcome(plain), "403 password_insecure");
}

TEST(Password, ClientCredentialsAreAcceptedOverPlainHttp) {
    SwapStory s;
    s.provider.allowed_clients.clear();
    s.accept({Method::client_credentials, Method::password});
    s.provider_says = [&](const Call&) {
        return s.token_reply(s.machine_token());
    };
    Request plain = s.with_basic(kMachine, kMachineSecret);
    plain.scheme = "http";
    EXPECT_EQ(s.outcome(plain), "allow");
}

// --- elsewhere --------------------------------------------------------------

TEST(Password, PasswordGrantIsUsedAtOtherProviders) {
    PasswordStory s{generic_provider()};
    s.provider.scope = "openid profile";
    const auto guest = s.serve(s.with_basic("jane", "p&ss w=rd"));
    ASSERT_EQ(guest->outcome(), "allow");
    EXPECT_EQ(guest->identity()->claims.string("email"), "jane@example.com");
    EXPECT_EQ(guest->identity()->scope, "openid profile");
    EXPECT_EQ(guest->identity()->access_token.reveal(), "opaque");

    const auto& call = s.calls.at(0);
    EXPECT_EQ(call.url, "https://idp.example/oauth2/token");
    EXPECT_THAT(call.body, HasSubstr("grant_type=password&username=jane&"
                                     "password=p%26ss%20w%3Drd&"
                                     "scope=openid%20profile"));
    EXPECT_THAT(call.authorization, HasSubstr("Basic "));
    EXPECT_EQ(call.header, "");
}

TEST(Password, PasswordGrantErrorsAreDistinguished) {  // AC-158
    const std::tuple<const char*, unsigned, const char*> table[] = {
        {"invalid_grant", 400, "401 credentials_refused"},
        {"invalid_grant", 401, "401 credentials_refused"},
        {"access_denied", 403, "401 credentials_refused"},
        {"invalid_client", 401, "500 client_refused"},
        {"unauthorized_client", 400, "500 client_refused"},
        {"unsupported_grant_type", 400, "500 client_refused"},
        {"invalid_request", 400, "503 idp_error"},
        {"server_error", 500, "503 idp_error"},
        {"slow_down", 429, "503 idp_throttled"},
    };
    for (const auto& [word, status, outcome] : table) {
        PasswordStory s{generic_provider()};
        EXPECT_EQ(s.outcome_of(s.error_reply(word, status)), outcome) << word;
    }
}

TEST(Password, AccessTokenIsVerifiedWithoutAnIdToken) {
    const auto judged = [](const std::string& token) {
        PasswordStory s{generic_provider()};
        return s.outcome_of(s.token_reply(token));
    };
    PasswordStory s{generic_provider()};
    const auto ours = [](const Payload& p) {
        return SigningKey::ours().token(p.text());
    };
    EXPECT_EQ(judged(ours(s.access_token())), "allow");
    EXPECT_EQ(judged(ours(s.access_token().drop("client_id"))), "allow");
    EXPECT_EQ(
        judged(ours(s.access_token().set("azp", "\"x\"").drop("client_id"))),
        "503 idp_malformed");
    EXPECT_EQ(judged("opaque"), "503 idp_malformed");
    EXPECT_EQ(judged(SigningKey::other().token(s.access_token().text())),
              "503 idp_malformed");
}

}  // namespace
}  // namespace oidc::test
