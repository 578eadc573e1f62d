// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "oidc/fakes.hpp"
#include "oidc/web/pages.hpp"
#include "oidc/step.hpp"

#include "oidc/provider/reply.hpp"

namespace oidc::test {
namespace {

using base::Errc;
using testing::HasSubstr;
using testing::Not;

// Refusals need no ports.
class Refusal : public testing::Test {
protected:
    Response refuse_to(std::string accept, base::Error error,
                       std::string_view retry = "/") {
        request_.accept = std::move(accept);
        const RequestFacts facts = request_.facts();
        const Ports ports = ports_.all();
        return web::refuse({provider_, location_, facts, ports}, error, retry);
    }
    Response scopes(const AllOf& scopes) {
        request_.accept = "application/json";
        const RequestFacts facts = request_.facts();
        const Ports ports = ports_.all();
        return web::refuse_scope({provider_, location_, facts, ports}, scopes);
    }

    Provider provider_ = cognito_provider();
    Location location_;
    Request request_;
    FakePorts ports_;
};

TEST_F(Refusal, InvalidTokenIs401WithInvalidToken) {
    const Response answer =
        refuse_to("application/json", Errc::signature_invalid);

    EXPECT_EQ(answer.status, 401u);
    EXPECT_EQ(answer.www_authenticate,
              "Bearer realm=\"cognito-idp.us-west-1.amazonaws.com\", "
              "error=\"invalid_token\", "
              "error_description=\"the token's signature is invalid\"");
    EXPECT_EQ(answer.content_type, "application/json; charset=utf-8");
    EXPECT_EQ(answer.body,
              R"({"error":"invalid_token","message":"Unauthorized"})");
    EXPECT_EQ(reason_of(answer), "signature_invalid");
    EXPECT_FALSE(answer.retry_after);
}

TEST_F(Refusal, MissingCredentialIs401WithoutAnError) {  // RFC 6750 3
    const Response answer =
        refuse_to("application/json", Errc::credential_missing);

    EXPECT_EQ(answer.status, 401u);
    EXPECT_EQ(answer.www_authenticate,
              "Bearer realm=\"cognito-idp.us-west-1.amazonaws.com\"");
    EXPECT_EQ(answer.body,
              R"({"error":"unauthorized","message":"Unauthorized"})");
}

TEST_F(Refusal, MalformedHeaderIs400) {
    const Response answer =
        refuse_to("application/json", Errc::authorization_malformed);

    EXPECT_EQ(answer.status, 400u);
    EXPECT_THAT(answer.www_authenticate, HasSubstr("invalid_request"));
    EXPECT_EQ(answer.body,
              R"({"error":"invalid_request","message":"Bad Request"})");
}

TEST_F(Refusal, MissingScopesAreNamed) {  // AC-263, AC-301
    const Response answer = scopes({"kongresource/scope1", "b"});

    EXPECT_EQ(answer.status, 403u);
    EXPECT_THAT(answer.www_authenticate,
                HasSubstr("error=\"insufficient_scope\""));
    EXPECT_THAT(answer.www_authenticate,
                HasSubstr(", scope=\"kongresource/scope1 b\""));
    EXPECT_EQ(answer.body,
              R"({"error":"insufficient_scope","message":"Forbidden"})");
}

TEST_F(Refusal, OtherRulesAreNotNamed) {
    for (const Errc code : {Errc::group_missing, Errc::claim_mismatch,
                            Errc::rule_not_met, Errc::audience_not_met}) {
        const Response answer = refuse_to("*/*", code);
        EXPECT_EQ(answer.status, 403u);
        EXPECT_EQ(answer.www_authenticate, "");
        EXPECT_EQ(answer.body,
                  R"({"error":"forbidden","message":"Forbidden"})");
    }
}

TEST_F(Refusal, ProviderFaultIs503WithRetryAfter) {
    const Response answer = refuse_to("*/*", Errc::idp_timeout);

    EXPECT_EQ(answer.status, 503u);
    ASSERT_TRUE(answer.retry_after);
    EXPECT_EQ(*answer.retry_after, base::Seconds{5});
    EXPECT_EQ(answer.www_authenticate, "");
}

TEST_F(Refusal, InternalErrorIs500) {
    const Response answer = refuse_to("*/*", Errc::out_of_memory);

    EXPECT_EQ(answer.status, 500u);
    EXPECT_THAT(answer.body, Not(HasSubstr("memory")));
}

TEST_F(Refusal, EveryErrorHasAResponseAndAPage) {
    const Errc all[] = {
#define X(word, outcome, sentence) Errc::word,
#include "base/errors.def"
#undef X
    };
    for (const Errc code : all) {
        const Response json = refuse_to("*/*", code);
        const Response page = refuse_to("text/html", code);
        EXPECT_GE(json.status, 400u) << base::word(code);
        EXPECT_EQ(json.status, page.status);
        EXPECT_EQ(json.status == 401,
                  !json.www_authenticate.empty() && json.status != 400)
            << base::word(code);
        EXPECT_TRUE(base::json::Document::parse(json.body)) << json.body;
        EXPECT_THAT(page.body, HasSubstr("<h1>")) << base::word(code);
        EXPECT_THAT(page.body, HasSubstr(base::word(code)));
        EXPECT_TRUE(json.location.empty());
    }
}

TEST_F(Refusal, PagesAreSentIfHtmlIsPreferred) {
    EXPECT_EQ(
        refuse_to("text/html,*/*;q=0.8", Errc::state_unknown).content_type,
        "text/html; charset=utf-8");
    EXPECT_EQ(refuse_to("application/json,text/html;q=0.5", Errc::state_unknown)
                  .content_type,
              "application/json; charset=utf-8");
    EXPECT_EQ(refuse_to("", Errc::state_unknown).content_type,
              "application/json; charset=utf-8");
}

TEST_F(Refusal, RefusedCallbackLinksToAnotherTry) {
    const Response answer =
        refuse_to("text/html", Errc::state_expired, "/orders?id=1&x=2");

    EXPECT_EQ(answer.status, 400u);
    EXPECT_THAT(answer.body,
                HasSubstr("<a href=\"/orders?id=1&amp;x=2\">Try again</a>"));
    EXPECT_THAT(answer.body,
                HasSubstr("state_expired</code>, the login took too long"));
}

TEST_F(Refusal, LinkStaysOnTheOwnOrigin) {  // AC-324
    for (const char* retry :
         {"//evil.example", "https://evil.example/", "javascript:alert(1)",
          "/\\evil.example", "", "evil"}) {
        EXPECT_THAT(refuse_to("text/html", Errc::state_unknown, retry).body,
                    HasSubstr("<a href=\"/\">"))
            << retry;
    }
}

TEST_F(Refusal, RequestTextIsEscaped) {  // AC-324
    const Response answer = refuse_to("text/html", Errc::state_unknown,
                                      "/a?\"><script>alert('x')</script>`");

    EXPECT_THAT(answer.body, Not(HasSubstr("<script")));
    EXPECT_THAT(answer.body, Not(HasSubstr("alert('")));
    EXPECT_EQ(web::escape_html("<a href='x' b=\"y\">&`</a>"),
              "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;&#96;&lt;/a&gt;");
}

TEST_F(Refusal, PagesUseNothingTheirPolicyForbids) {  // AC-324
    const std::string page = refuse_to("text/html", Errc::state_unknown).body;

    for (const char* forbidden :
         {"style=", "<img", "<form", "<base", "src=", "onclick", "http:"}) {
        EXPECT_THAT(page, Not(HasSubstr(forbidden)));
    }
    EXPECT_THAT(page, HasSubstr("width=device-width"));
    EXPECT_THAT(web::content_security_policy(""),
                HasSubstr("default-src 'none'"));
}

TEST_F(Refusal, PolicyAllowsTheStyleOfThePages) {
    constexpr std::string_view kOpen = "<style>";
    const std::string page = refuse_to("text/html", Errc::state_unknown).body;
    const std::size_t begin = page.find(kOpen) + kOpen.size();
    const std::string style = page.substr(begin, page.find("</style>") - begin);
    const auto digest = crypto::digest(crypto::Hash::sha256, style);

    EXPECT_THAT(
        web::content_security_policy(""),
        HasSubstr("style-src 'sha256-" + base::base64_encode(digest) + "';"));
}

TEST_F(Refusal, RealmIsTheHostOfTheIssuer) {  // AC-307
    EXPECT_EQ(web::realm(provider_), "cognito-idp.us-west-1.amazonaws.com");
    provider_.issuer = "https://idp.example:8443/realms/x";
    EXPECT_EQ(web::realm(provider_), "idp.example");
    provider_.issuer = "no url";
    provider_.name = "a\"b\\c\r\nX: y";
    const Response answer = refuse_to("*/*", Errc::credential_missing);
    EXPECT_EQ(answer.www_authenticate.find_first_of("\r\n"), std::string::npos);
    EXPECT_THAT(answer.www_authenticate, HasSubstr("a\\\"b\\\\c"));
}

TEST(Redirect, Is302AndHasNoReason) {
    const Response answer = web::redirect("https://idp.example/?a=b");

    EXPECT_EQ(answer.status, 302u);
    EXPECT_EQ(answer.location, "https://idp.example/?a=b");
    EXPECT_FALSE(answer.reason);
}

std::string failed(ProviderReply::Failure how, unsigned status = 0) {
    ProviderReply reply;
    reply.failure = how;
    reply.status = status;
    const auto error = provider::failure(reply);
    return error ? std::string(base::word(error->code)) : "readable";
}

TEST(Failure, CallFailureIsMappedToItsError) {
    EXPECT_EQ(failed(ProviderReply::Failure::unreachable), "idp_unreachable");
    EXPECT_EQ(failed(ProviderReply::Failure::timeout), "idp_timeout");
    EXPECT_EQ(failed(ProviderReply::Failure::tls), "idp_tls");
    EXPECT_EQ(failed(ProviderReply::Failure::too_large, 200), "idp_too_large");
    EXPECT_EQ(failed(ProviderReply::Failure::broken, 200), "idp_malformed");
}

TEST(Failure, ProviderStatusIsMappedToItsError) {
    EXPECT_EQ(failed(ProviderReply::Failure::none, 429), "idp_throttled");
    for (const unsigned status : {0u, 100u, 199u, 301u, 302u, 304u, 307u, 500u,
                                  502u, 503u, 599u, 600u, 999u}) {
        EXPECT_EQ(failed(ProviderReply::Failure::none, status), "idp_error")
            << status;
    }
    for (const unsigned status : {200u, 201u, 400u, 401u, 403u, 404u}) {
        EXPECT_EQ(failed(ProviderReply::Failure::none, status), "readable")
            << status;
    }
}

}  // namespace
}  // namespace oidc::test
