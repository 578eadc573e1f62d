// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/token_endpoint.hpp"

#include <gmock/gmock.h>

#include "base/percent_encoding.hpp"
#include "oidc/login_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Call code_request(const Provider& p, Metadata m, std::string_view code,
                  std::string_view redirect_uri,
                  std::string_view code_verifier) {
    World world;
    Visit visit(world, Request{});
    m.endpoints.token = "https://idp.example/oauth2/token";
    auto call = provider::code_request(
        {p, world.location, visit.facts(), visit.context().ports}, m, code,
        redirect_uri, code_verifier, kNow);
    EXPECT_TRUE(call);
    return std::move(*call);
}
Call asked(const Provider& p, Metadata m = {}) {
    return code_request(p, m, "c0de", "https://app.example/oidc_callback",
                        "verifier");
}
std::string form_value(const Call& call, std::string_view name) {
    return query_value("?" + std::string(call.body.reveal()), name);
}

TEST(TokenRequest, IsAForm) {
    const Call call = asked(generic_provider());
    EXPECT_EQ(call.kind, CallKind::token_code);
    EXPECT_TRUE(call.post);
    EXPECT_EQ(call.url, "https://idp.example/oauth2/token");
    EXPECT_EQ(call.content_type, "application/x-www-form-urlencoded");
    EXPECT_EQ(form_value(call, "grant_type"), "authorization_code");
    EXPECT_EQ(form_value(call, "code"), "c0de");
    EXPECT_EQ(form_value(call, "redirect_uri"),
              "https://app.example/oidc_callback");
    EXPECT_EQ(form_value(call, "code_verifier"), "verifier");
}

// RFC 6749 2.3: a client shows itself in one way at a time.
TEST(TokenRequest, ClientIdIsInTheBodyOnlyWithoutBasic) {
    Provider p = generic_provider();
    EXPECT_EQ(asked(p).body.reveal().find("client_id"), std::string_view::npos);
    p.client_auth = ClientAuth::post;
    const Call call = asked(p);
    EXPECT_EQ(form_value(call, "client_id"), kClient);
    EXPECT_NE(form_value(call, "client_secret"), "");
    EXPECT_TRUE(call.authorization.empty());
}

TEST(TokenRequest, HasNoVerifierWithoutPkce) {
    const Call call = code_request(generic_provider(), {}, "c", "r", "");
    EXPECT_THAT(std::string(call.body.reveal()),
                Not(HasSubstr("code_verifier")));
}

TEST(TokenRequest, AuthenticatesByBasicByDefault) {
    for (const auto& [basic, post] :
         {std::pair(true, true), std::pair(true, false),
          std::pair(false, false)}) {
        Metadata m;
        m.auth_basic = basic;
        m.auth_post = post;
        const Call call = asked(generic_provider(), m);
        EXPECT_THAT(std::string(call.authorization.reveal()),
                    testing::StartsWith("Basic "));
        EXPECT_EQ(form_value(call, "client_secret"), "");
    }
}

TEST(TokenRequest, AuthenticatesByPost) {
    Metadata post_only;
    post_only.auth_basic = false;
    post_only.auth_post = true;
    Provider named = generic_provider();
    named.client_auth = ClientAuth::post;
    for (const Call& call :
         {asked(generic_provider(), post_only), asked(named)}) {
        EXPECT_TRUE(call.authorization.empty());
        EXPECT_EQ(form_value(call, "client_secret"),
                  "client secret of thirty-two bytes");
    }
}

TEST(TokenRequest, AConfiguredMethodIsNotChanged) {
    Provider p = generic_provider();
    p.client_auth = ClientAuth::basic;
    Metadata post_only;
    post_only.auth_basic = false;
    post_only.auth_post = true;
    EXPECT_FALSE(asked(p, post_only).authorization.empty());
}

TEST(TokenRequest, PublicClientSendsItsIdAlone) {
    Provider without = generic_provider();
    without.client_secret = base::Secret();
    Provider none = generic_provider();
    none.client_auth = ClientAuth::none;
    for (const Provider* p : {&without, &none}) {
        const Call call = asked(*p);
        EXPECT_TRUE(call.authorization.empty());
        EXPECT_EQ(form_value(call, "client_secret"), "");
        EXPECT_EQ(form_value(call, "client_id"), kClient);
    }
}

// AC-159
TEST(TokenRequest, BasicPartsAreEncodedFirst) {
    Provider p = generic_provider();
    p.client_id = "a:b%c+d e";
    p.client_secret = base::Secret("\xc3\xa9:/");
    const Call call = asked(p);
    const std::string header(call.authorization.reveal());
    ASSERT_THAT(header, testing::StartsWith("Basic "));
    auto pair = base::base64_decode(header.substr(6));
    ASSERT_TRUE(pair);
    const std::size_t colon = pair->find(':');
    EXPECT_EQ(*base::percent_decode(pair->substr(0, colon), true), "a:b%c+d e");
    EXPECT_EQ(*base::percent_decode(pair->substr(colon + 1), true),
              "\xc3\xa9:/");
}

// AC-164
TEST(TokenRequest, ACodeStaysOneValue) {
    const std::string code = "a&b=c#d e+f\r\nX: y%26\xff";
    const Call call =
        code_request(generic_provider(), {}, code, "https://a/b?c", "v");
    EXPECT_EQ(form_value(call, "code"), code);
    EXPECT_EQ(form_value(call, "b"), "");
    EXPECT_EQ(call.body.reveal().find_first_of("\r\n# \xff"),
              std::string_view::npos);
}

std::string verdict(ProviderReply reply) {
    auto tokens = provider::parse_token_response(reply, kNow);
    return tokens ? "ok" : std::string(base::word(tokens.error().code));
}
std::string verdict(const Payload& members) {
    return verdict(json_reply(members.text()));
}
Payload members() {
    return token_members("id.to.ken");
}

TEST(TokenResponse, ReadsAllMembers) {
    Payload m = members();
    m.set("scope", R"("openid email")").set("x", "[{}]");
    auto t = provider::parse_token_response(json_reply(m.text()), kNow);
    ASSERT_TRUE(t);
    EXPECT_EQ(t->access_token.reveal(), kAccessToken);
    EXPECT_EQ(t->id_token.reveal(), "id.to.ken");
    EXPECT_EQ(t->refresh_token.reveal(), "refresh-token");
    EXPECT_EQ(t->scope, "openid email");
    EXPECT_EQ(t->access_expires, kNow + base::Seconds(3600));
}

TEST(TokenResponse, OptionalMembersMayBeAbsent) {
    for (const char* value : {"", "null"}) {
        Payload m = members();
        for (const char* name :
             {"id_token", "refresh_token", "expires_in", "scope"}) {
            m.drop(name);
            if (*value) {
                m.set(name, value);
            }
        }
        auto t = provider::parse_token_response(json_reply(m.text()), kNow);
        ASSERT_TRUE(t);
        EXPECT_TRUE(t->id_token.empty());
        EXPECT_TRUE(t->refresh_token.empty());
        EXPECT_FALSE(t->scope);
        EXPECT_EQ(t->access_expires, kNow + provider::kDefaultExpiresIn);
    }
}

// AC-156
TEST(TokenResponse, IsJsonByItsType) {
    for (const char* type :
         {"application/json", "application/json;charset=UTF-8",
          "APPLICATION/JSON", "application/json ; x=y"}) {
        ProviderReply r = json_reply(members().text());
        r.content_type = type;
        EXPECT_EQ(verdict(std::move(r)), "ok") << type;
    }
    for (const char* type : {"text/html", "", "text/plain", "application/jwt",
                             "application/jsonx", "json"}) {
        ProviderReply r = json_reply(members().text());
        r.content_type = type;
        EXPECT_EQ(verdict(std::move(r)), "idp_malformed") << type;
    }
}

// AC-157
TEST(TokenResponse, TokenTypeIsBearerInAnyCase) {
    for (const char* type : {"Bearer", "bearer", "BEARER"}) {
        EXPECT_EQ(verdict(members().set("token_type", json_string(type))),
                  "ok");
    }
    for (const char* type : {R"("DPoP")", R"("")", R"("Bearer ")", "null", "1",
                             R"(["Bearer"])", R"("Bearer\u0000")"}) {
        EXPECT_EQ(verdict(members().set("token_type", type)), "idp_unsupported")
            << type;
    }
    EXPECT_EQ(verdict(members().drop("token_type")), "idp_unsupported");
}

// AC-157
TEST(TokenResponse, NeedsAnAccessToken) {
    EXPECT_EQ(verdict(members().drop("access_token")), "idp_unsupported");
    for (const char* value : {"null", R"("")"}) {
        EXPECT_EQ(verdict(members().set("access_token", value)),
                  "idp_unsupported")
            << value;
    }
    for (const char* value : {"1", "true", "{}", R"(["x"])"}) {
        EXPECT_EQ(verdict(members().set("access_token", value)),
                  "idp_malformed")
            << value;
    }
}

// Tokens go into headers as they are.
TEST(TokenResponse, TokensHaveTheCharactersOfTokens) {
    for (const char* name : {"access_token", "id_token", "refresh_token"}) {
        for (const char* value : {R"("a\r\nX: y")", R"("a b")", R"("a\u0000")",
                                  R"("\u00e9")", R"("\u007f")", "7", "{}"}) {
            EXPECT_EQ(verdict(members().set(name, value)), "idp_malformed")
                << name << value;
        }
    }
}

// AC-157
TEST(TokenResponse, ExpiresInIsReadFromAnyNumber) {
    const std::pair<const char*, std::int64_t> cases[] = {
        {"0", 0},
        {"1", 1},
        {R"("300")", 300},
        {"300.9", 300},
        {"-5", 0},
        {R"("-5")", 0},
        {"9223372036854775807", provider::kMaxExpiresIn.count()},
        {"1e300", provider::kMaxExpiresIn.count()},
        {R"("99999999999999999999")", provider::kMaxExpiresIn.count()},
        {"null", provider::kDefaultExpiresIn.count()}};
    for (const auto& [json, seconds] : cases) {
        auto t = provider::parse_token_response(
            json_reply(members().set("expires_in", json).text()), kNow);
        ASSERT_TRUE(t) << json;
        EXPECT_EQ((t->access_expires - kNow).count(), seconds) << json;
    }
    for (const char* json : {"true", "[]", "{}", R"("")", R"("3600s")",
                             R"(" 3600")", R"("1e3")", R"("0x10")"}) {
        EXPECT_EQ(verdict(members().set("expires_in", json)), "idp_malformed")
            << json;
    }
}

TEST(TokenResponse, IsOneObject) {
    for (const char* body :
         {"", "[]", "null", "{", "{}{}", "<html>", R"({"a":1,"a":2})", R"("x")",
          "[{\"access_token\":\"x\"}]"}) {
        EXPECT_EQ(verdict(json_reply(body)), "idp_malformed") << body;
    }
}

// AC-158, Q9, Q10, AC-166
TEST(TokenError, WordsAreMapped) {
    const std::tuple<unsigned, const char*, const char*> cases[] = {
        {400, R"({"error":"invalid_grant"})", "code_refused"},
        {401, R"({"error":"invalid_grant"})", "code_refused"},
        {400, R"({"error":"invalid_client"})", "client_refused"},
        {401, R"({"error":"invalid_client"})", "client_refused"},
        {400, R"({"error":"unauthorized_client"})", "client_refused"},
        {400,
         R"({"error":"unauthorized_client",
             "error_description":"invalid_redirect"})",
         "client_refused"},
        {400, R"({"error":"invalid_request"})", "code_refused"},
        {400, R"({"error":"unsupported_grant_type"})", "code_refused"},
        {400, R"({"error":"use_dpop_nonce"})", "code_refused"},
        {400, R"({"error":"<script>"})", "code_refused"},
        {401, "", "client_refused"},
        {401, "<html>", "client_refused"},
        {400, "<html>", "idp_error"},
        {400, R"({"error":null})", "idp_error"},
        {400, R"(["invalid_grant"])", "idp_error"},
        {404, "", "idp_error"},
        {405, "", "idp_error"}};
    for (const auto& [status, body, word] : cases) {
        EXPECT_EQ(verdict(json_reply(body, status)), word) << status << body;
    }
}

// Q9: the log says what the word hides, and nothing that the peer said.
TEST(TokenError, LogHintsAreFixedTexts) {
    auto mismatch = provider::parse_token_response(
        json_reply(R"({"error":"unauthorized_client",)"
                   R"("error_description":"invalid_redirect"})",
                   400),
        kNow);
    EXPECT_THAT(std::string(mismatch.error().why), HasSubstr("redirect_uri"));
    auto grant = provider::parse_token_response(
        json_reply(R"({"error":"invalid_grant","error_description":"s3cr3t"})",
                   400),
        kNow);
    EXPECT_THAT(std::string(grant.error().why), HasSubstr("attribute"));
    EXPECT_THAT(std::string(grant.error().why), Not(HasSubstr("s3cr3t")));
}

// AC-158, AC-410
TEST(TokenError, FailingEndpointIsUnavailable) {
    const std::pair<unsigned, const char*> cases[] = {
        {429, "idp_throttled"}, {500, "idp_error"}, {503, "idp_error"}};
    for (const auto& [status, word] : cases) {
        EXPECT_EQ(verdict(json_reply(R"({"error":"invalid_grant"})", status)),
                  word);
    }
    ProviderReply late;
    late.failure = ProviderReply::Failure::timeout;
    EXPECT_EQ(verdict(std::move(late)), "idp_timeout");
}

// AC-147: a redirect is not followed; a success is 200 and nothing else.
TEST(TokenError, OnlyAStatusOf200IsASuccess) {
    for (const unsigned status : {201u, 204u, 301u, 302u, 307u, 418u}) {
        EXPECT_NE(verdict(json_reply(members().text(), status)), "ok")
            << status;
    }
}

}  // namespace
}  // namespace oidc::test
