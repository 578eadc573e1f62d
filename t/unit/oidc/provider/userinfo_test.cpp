// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/userinfo.hpp"

#include "oidc/login_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

std::string taken(ProviderReply reply, std::string_view sub = "user-1") {
    auto claims = provider::read_userinfo(reply, sub);
    return claims ? "ok" : std::string(base::word(claims.error().code));
}

jose::Claims claims(std::string text) {
    auto parsed = jose::Claims::parse(std::move(text));
    EXPECT_TRUE(parsed);
    return std::move(*parsed);
}

jose::Claims merged(std::string id_token, std::string userinfo,
                    Profile profile = Profile::generic) {
    return claims(provider::merge_claims(claims(std::move(id_token)),
                                         claims(std::move(userinfo)), profile));
}

// OIDF -userinfo-bearer-header
TEST(Userinfo, IsAskedForWithTheAccessToken) {
    Metadata m;
    m.endpoints.userinfo = "https://idp.example/me";
    const Call call = provider::userinfo_request(m, base::Secret("t0ken"));
    EXPECT_EQ(call.kind, CallKind::userinfo);
    EXPECT_FALSE(call.post);
    EXPECT_EQ(call.url, "https://idp.example/me");
    EXPECT_EQ(call.authorization.reveal(), "Bearer t0ken");
    EXPECT_TRUE(call.body.empty());
    EXPECT_EQ(call.max_bytes, provider::kMaxUserinfoBytes);
}

// AC-095
TEST(Userinfo, IsAboutTheSameSub) {
    EXPECT_EQ(taken(json_reply(R"({"sub":"user-1","a":1})")), "ok");
    for (const char* body :
         {R"({"sub":"user-2"})", R"({"sub":"user-1 "})", R"({"sub":""})",
          R"({"sub":"USER-1"})", R"({"sub":["user-1"]})", R"({"sub":null})",
          R"({"sub":"user-1\u0000"})", "{}"}) {
        EXPECT_EQ(taken(json_reply(body)), "userinfo_mismatch") << body;
    }
    EXPECT_EQ(taken(json_reply("{}"), ""), "userinfo_mismatch");
    EXPECT_EQ(taken(json_reply(R"({"sub":""})"), ""), "userinfo_mismatch");
}

// AC-096
TEST(Userinfo, IsOneJsonObject) {
    for (const char* body :
         {"", "[]", R"("x")", "null", "<html>", "{", R"({"sub":"user-1"}x)",
          R"({"sub":"user-1","sub":"user-1"})"}) {
        EXPECT_EQ(taken(json_reply(body)), "idp_malformed") << body;
    }
    for (const char* type : {"text/html", "", "text/plain"}) {
        ProviderReply r = json_reply(R"({"sub":"user-1"})");
        r.content_type = type;
        EXPECT_EQ(taken(std::move(r)), "idp_malformed") << type;
    }
}

// AC-097: no JWT is asked for, so none is believed, not even a good one.
TEST(Userinfo, RefusesAJwt) {
    for (const std::string& body :
         {SigningKey::ours().token(R"({"sub":"user-1"})"),
          SigningKey::unsigned_token(R"({"sub":"user-1"})")}) {
        ProviderReply r = json_reply(body);
        r.content_type = "application/jwt";
        EXPECT_EQ(taken(std::move(r)), "idp_unsupported");
    }
}

// Q14
TEST(Userinfo, MayBeRefused) {
    EXPECT_EQ(taken(json_reply("", 401)), "idp_error");
    EXPECT_EQ(taken(json_reply("", 403)), "idp_error");
    EXPECT_EQ(taken(json_reply(R"({"sub":"user-1"})", 201)), "idp_error");
    EXPECT_EQ(taken(json_reply("", 429)), "idp_throttled");
    EXPECT_EQ(taken(json_reply("", 500)), "idp_error");
    ProviderReply cut;
    cut.failure = ProviderReply::Failure::broken;
    EXPECT_EQ(taken(std::move(cut)), "idp_malformed");
}

TEST(MergedClaims, AddClaimsAbsentInTheToken) {
    const auto c = merged(R"({"sub":"u","a":1})",
                          R"({"sub":"u","b":["x"],"c":{"d":null},"e\"":"f"})");
    EXPECT_EQ(c.get("a").text(), "1");
    EXPECT_EQ(c.get("b").text(), R"(["x"])");
    EXPECT_EQ(c.get("c").text(), R"({"d":null})");
    EXPECT_EQ(c.string("e\""), "f");
    EXPECT_EQ(merged("{}", "{}").text(), "{}");
    EXPECT_EQ(merged("{}", R"({"b":1})").text(), R"({"b":1})");
}

// AC-098
TEST(MergedClaims, TokenTakesPrecedence) {
    const auto c =
        merged(R"({"sub":"u","groups":["a"],"email":null,"name":""})",
               R"({"sub":"u","groups":["admin"],"email":"x","name":"y"})");
    EXPECT_EQ(c.get("groups").text(), R"(["a"])");
    EXPECT_TRUE(c.get("email").is_null());
    EXPECT_EQ(c.get("name").text(), R"("")");
}

// AC-098
TEST(MergedClaims, NothingAboutTheTokenComesFromUserinfo) {
    const auto c = merged(
        R"({"x":1})",
        R"({"iss":"i","sub":"s","aud":"a","exp":1,"nbf":1,"iat":1,"jti":"j",
            "nonce":"n","azp":"z","at_hash":"h","c_hash":"c","auth_time":1,
            "acr":"a","amr":[],"sid":"s","token_use":"id","y":2})");
    EXPECT_EQ(c.text(), R"({"x":1,"y":2})");
}

// AC-405, AC-100, Q15
TEST(MergedClaims, CognitoVerifiedClaimsBecomeBooleans) {
    const auto of = [](std::string value, Profile profile) {
        return merged("{}", R"({"email_verified":)" + value + "}", profile)
            .get("email_verified")
            .text();
    };
    EXPECT_EQ(of(R"("true")", Profile::cognito), "true");
    EXPECT_EQ(of(R"("false")", Profile::cognito), "false");
    EXPECT_EQ(of("true", Profile::cognito), "true");
    for (const char* odd :
         {R"("True")", R"("1")", R"("yes")", R"("")", R"("true\u0000")"}) {
        EXPECT_EQ(of(odd, Profile::cognito), "") << odd;
    }
    EXPECT_EQ(of(R"("true")", Profile::generic), R"("true")");
    EXPECT_EQ(merged("{}", R"({"phone_number_verified":"true","x":"true"})",
                     Profile::cognito)
                  .text(),
              R"({"phone_number_verified":true,"x":"true"})");
    // The token's own boolean stands.
    EXPECT_EQ(merged(R"({"email_verified":false})",
                     R"({"email_verified":"true"})", Profile::cognito)
                  .text(),
              R"({"email_verified":false})");
}

// AC-105: what is said to lie elsewhere is not fetched; it stays a claim.
TEST(MergedClaims, DistributedClaimsAreWords) {
    const auto c = merged("{}",
                          R"({"_claim_names":{"a":"s"},
            "_claim_sources":{"s":{"endpoint":"http://169.254.169.254/"}}})");
    EXPECT_FALSE(c.get("a").present());
}

}  // namespace
}  // namespace oidc::test
