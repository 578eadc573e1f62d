// SPDX-License-Identifier: Apache-2.0
// What becomes of a login once the code is spent.
#include <gmock/gmock.h>

#include "oidc/login_story.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

using ::testing::HasSubstr;

// AC-157, AC-158: what the token endpoint may answer; never a second call.
TEST(Callback, FailedExchangeCreatesNoSession) {
    struct Case {
        unsigned status;
        const char* body;
        const char* word;
    };
    const Case cases[] = {
        {400, R"({"error":"invalid_grant"})", "400 code_refused"},
        {400, R"({"error":"invalid_client"})", "500 client_refused"},
        {401, "", "500 client_refused"},
        {429, "", "503 idp_throttled"},
        {500, "", "503 idp_error"},
        {200, "<html>", "503 idp_malformed"},
        {200, R"({"access_token":"a","token_type":"bearer"})",
         "400 id_token_missing"},
        {200, R"({"access_token":"a","token_type":"x","id_token":"b"})",
         "500 idp_unsupported"}};
    for (const Case& c : cases) {
        LoginStory story;
        story.begin();
        story.arrive();
        expect_no_login(story, story.reply(json_reply(c.body, c.status)),
                        c.word);
    }
}

// AC-145: the connection may have died after the code was spent.
TEST(Callback, BrokenExchangeIsNotRepeated) {
    for (const auto failure :
         {ProviderReply::Failure::unreachable, ProviderReply::Failure::timeout,
          ProviderReply::Failure::tls, ProviderReply::Failure::too_large,
          ProviderReply::Failure::broken}) {
        LoginStory story;
        story.begin();
        story.arrive();
        ProviderReply r;
        r.failure = failure;
        const Step step = story.reply(std::move(r));
        EXPECT_EQ(answer(step).status, 503);
        EXPECT_EQ(story.login_cookies(), 0);
        EXPECT_TRUE(story.ports.sessions.empty());
    }
}

// AC-073 … AC-089, AC-107: each is told in id_token_test; here, that a
// refused token is a refused login: 400, the page, and no challenge.
TEST(Callback, InvalidIdTokenCreatesNoSession) {
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"iss", R"("https://evil.example")", "400 iss_mismatch"},
        {"aud", R"("other")", "400 aud_mismatch"},
        {"nonce", R"("other")", "400 nonce_mismatch"},
        {"exp", "1", "400 token_expired"},
        {"sub", "7", "400 sub_invalid"},
        {"at_hash", R"("x")", "400 at_hash_mismatch"}};
    for (const auto& [claim, value, word] : cases) {
        LoginStory story;
        story.begin();
        story.arrive();
        const Step step = story.reply_tokens(story.good().set(claim, value));
        EXPECT_TRUE(answer(step).www_authenticate.empty());
        EXPECT_THAT(answer(step).body, HasSubstr("Try again"));
        expect_no_login(story, step, word);
    }
}

// AC-090
TEST(Callback, ReplayedIdTokenIsRefused) {
    LoginStory story;
    story.begin();
    const Payload first = story.good();
    story.begin();
    story.arrive();
    EXPECT_EQ(summary(story.reply_tokens(first)), "400 nonce_mismatch");
    EXPECT_TRUE(story.ports.sessions.empty());
}

// AC-150: keys changed between two logins.
TEST(Callback, UnknownKidFetchesKeysOnce) {
    LoginStory story;
    const SigningKey& key = SigningKey::ours();
    story.ports.known_keys =
        World::key_set(R"({"keys":[)" + key.jwk("old") + "]}");
    story.ports.keys_generation = 5;
    story.begin();
    story.arrive();
    const Step step = story.reply_tokens(story.good());
    ASSERT_TRUE(as<Await>(step));
    EXPECT_EQ(as<Await>(step)->what, Await::What::keys);
    EXPECT_EQ(as<Await>(step)->newer_than, 5);
    story.ports.known_keys = World::key_set(key.jwks());
    story.ports.keys_generation = 6;
    EXPECT_EQ(summary(story.resume(true)), "302");
}

TEST(Callback, KidUnknownAfterAFetchCreatesNoSession) {
    for (const bool arrived : {true, false}) {
        LoginStory story;
        story.ports.known_keys = World::key_set(
            R"({"keys":[)" + SigningKey::ours().jwk("old") + "]}");
        story.begin();
        story.arrive();
        EXPECT_EQ(summary(story.reply_tokens(story.good())), "await");
        expect_no_login(story, story.resume(arrived), "400 unknown_kid");
    }
}

TEST(Callback, UnknownKidWithAFailedFetchIsUnavailable) {
    LoginStory story;
    story.ports.known_keys =
        World::key_set(R"({"keys":[)" + SigningKey::ours().jwk("old") + "]}");
    story.begin();
    story.arrive();
    EXPECT_EQ(summary(story.reply_tokens(story.good())), "await");
    story.ports.keys_fail = true;
    expect_no_login(story, story.resume(false), "503 keys_unavailable");
}

TEST(Callback, ASharedSecretNeedsNoKeys) {
    Provider p = generic_provider();
    p.algs = jose::AlgSet().add(jose::Alg::HS256);
    LoginStory story(std::move(p));
    story.ports.known_keys.reset();
    story.begin();
    EXPECT_EQ(summary(story.arrive()), "call");
    const std::string token = SigningKey::hs256(
        story.good().text(), story.provider.client_secret.reveal());
    EXPECT_EQ(summary(story.reply(json_reply(token_members(token).text()))),
              "302");
}

class WithUserinfo : public LoginStory {
public:
    explicit WithUserinfo(Provider p = generic_provider())
        : LoginStory(std::move(p)) {
        provider.userinfo = true;
        begin();
        arrive();
    }
};

TEST(CallbackUserinfo, IsMergedBelowTheIdToken) {
    WithUserinfo story;
    const Step asked = story.reply_tokens(story.good());
    ASSERT_TRUE(as<Call>(asked));
    EXPECT_EQ(as<Call>(asked)->kind, CallKind::userinfo);
    const std::string body = R"({"sub":"user-1","email":"a@b","nonce":"x"})";
    EXPECT_EQ(summary(story.reply(json_reply(body))), "302");
    auto record = session_of(story);
    ASSERT_TRUE(record);
    EXPECT_THAT(record->claims, HasSubstr(R"("email":"a@b")"));
    EXPECT_THAT(record->claims, HasSubstr(story.nonce));
    EXPECT_EQ(record->userinfo, body);
}

// AC-095, AC-096, AC-097
TEST(CallbackUserinfo, OfAnotherSubjectCreatesNoSession) {
    const std::tuple<unsigned, const char*, const char*> cases[] = {
        {200, R"({"sub":"user-2"})", "400 userinfo_mismatch"},
        {200, "{}", "400 userinfo_mismatch"},
        {200, "[]", "503 idp_malformed"},
        {200, "", "503 idp_malformed"},
        {401, "", "503 idp_error"},
        {500, "", "503 idp_error"}};
    for (const auto& [status, body, word] : cases) {
        WithUserinfo story;
        story.reply_tokens(story.good());
        expect_no_login(story, story.reply(json_reply(body, status)), word);
    }
}

TEST(CallbackUserinfo, NeedsAnEndpoint) {
    WithUserinfo story;
    story.ports.known_metadata->endpoints.userinfo = "";
    expect_no_login(story, story.reply_tokens(story.good()),
                    "503 endpoint_missing");
}

// Cognito grants what it likes and says so in the access token alone.
TEST(CallbackCognito, ScopeIsThatOfTheAccessToken) {
    LoginStory story(cognito_provider());
    story.begin();
    story.arrive();
    const Payload access =
        Payload()
            .set("iss", json_string(story.provider.issuer))
            .set("scope", R"("openid kongresource\/scope1")");
    Payload members =
        token_members(SigningKey::ours().token(story.good().text()));
    members.set("access_token",
                json_string(SigningKey::ours().token(access.text())));
    EXPECT_EQ(summary(story.reply(json_reply(members.text()))), "302");
    auto record = session_of(story);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->scope, "openid kongresource/scope1");
}

TEST(CallbackCognito, UnverifiedScopeIsEmpty) {
    LoginStory story(cognito_provider());
    const Payload access = Payload()
                               .set("iss", json_string(story.provider.issuer))
                               .set("scope", R"("admin")");
    const std::string tokens[] = {
        "opaque", SigningKey::other().token(access.text()),
        SigningKey::ours().token(
            Payload(access).set("iss", R"("https://x")").text())};
    for (const std::string& token : tokens) {
        story.begin();
        story.arrive();
        Payload members =
            token_members(SigningKey::ours().token(story.good().text()));
        members.set("access_token", json_string(token));
        EXPECT_EQ(summary(story.reply(json_reply(members.text()))), "302");
        auto record = session_of(story);
        ASSERT_TRUE(record);
        EXPECT_EQ(record->scope, "");
    }
}

TEST(Callback, ScopeIsTheGrantedOneElseTheRequestedOne) {
    for (const bool said : {true, false}) {
        Provider p = generic_provider();
        p.scope = "openid email";
        LoginStory story(std::move(p));
        story.begin();
        story.arrive();
        Payload members =
            token_members(SigningKey::ours().token(story.good().text()));
        if (said) {
            members.set("scope", R"("openid")");
        }
        story.reply(json_reply(members.text()));
        auto record = session_of(story);
        ASSERT_TRUE(record);
        EXPECT_EQ(record->scope, said ? "openid" : "openid email");
    }
}

// AC-208
TEST(Callback, StoreFailureIsReported) {
    LoginStory story;
    story.begin();
    story.arrive();
    story.ports.store_fails = true;
    expect_no_login(story, story.reply_tokens(story.good()),
                    "500 store_failed");
}

// AC-203, AC-202
TEST(Callback, LoginOfAnotherUserReplacesTheSession) {
    LoginStory story;
    story.log_in();
    story.begin();
    story.arrive();
    story.reply_tokens(story.good().set("sub", json_string("user-2")));
    EXPECT_EQ(story.ports.sessions.size(), 1);
    auto record = session_of(story);
    ASSERT_TRUE(record);
    EXPECT_THAT(record->claims, HasSubstr(R"("sub":"user-2")"));
}

}  // namespace
}  // namespace oidc::test
