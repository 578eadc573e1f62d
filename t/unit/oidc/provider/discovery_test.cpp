// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/discovery.hpp"

#include <gtest/gtest.h>

#include "oidc/fakes.hpp"

namespace oidc::test {
namespace {

// What Cognito sends, but for its line breaks: two hosts, no PKCE list.
constexpr std::string_view kCognito =
    R"({"authorization_endpoint":"https:\/\/d.example\/oauth2\/authorize",)"
    R"("end_session_endpoint":"https://d.example/logout",)"
    R"("id_token_signing_alg_values_supported":["RS256"],)"
    R"("issuer":"https://cognito-idp.us-west-1.amazonaws.com/us-west-1_abc",)"
    R"("jwks_uri":"https://cognito-idp.us-west-1.amazonaws.com/us-west-1_abc/)"
    R"(.well-known/jwks.json","response_types_supported":["code","token"],)"
    R"("revocation_endpoint":"https://d.example/oauth2/revoke",)"
    R"("scopes_supported":["openid","email","phone","profile"],)"
    R"("subject_types_supported":["public"],)"
    R"("token_endpoint":"https://d.example/oauth2/token",)"
    R"("token_endpoint_auth_methods_supported":)"
    R"(["client_secret_basic","client_secret_post"],)"
    R"("userinfo_endpoint":"https://d.example/oauth2/userInfo"})";

std::string document(std::string_view members,
                     std::string_view issuer = kIssuer) {
    return R"({"issuer":")" + std::string(issuer) +
           R"(","jwks_uri":"https://idp.example/jwks")" +
           (members.empty() ? "" : ",") + std::string(members) + "}";
}

std::string outcome(std::string_view text,
                    const Provider& provider = generic_provider()) {
    const auto metadata = provider::parse_metadata(text, provider);
    if (!metadata) {
        return std::string(base::word(metadata.error().code));
    }
    std::string unusable;
    for (const std::string_view member : metadata->unusable) {
        unusable.append(" without ").append(member);
    }
    return "ok" + unusable;
}

TEST(Discovery, ReadsTheDocumentOfCognito) {  // AC-404
    const auto metadata =
        provider::parse_metadata(kCognito, cognito_provider());

    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->endpoints.authorization,
              "https://d.example/oauth2/authorize");
    EXPECT_EQ(metadata->endpoints.token, "https://d.example/oauth2/token");
    EXPECT_EQ(metadata->endpoints.userinfo,
              "https://d.example/oauth2/userInfo");
    EXPECT_EQ(metadata->endpoints.revocation,
              "https://d.example/oauth2/revoke");
    EXPECT_EQ(metadata->endpoints.end_session, "https://d.example/logout");
    EXPECT_EQ(metadata->endpoints.introspection, "");
    EXPECT_TRUE(metadata->auth_basic);
    EXPECT_TRUE(metadata->auth_post);
    EXPECT_FALSE(metadata->iss_in_response);
}

TEST(Discovery, NeedsNoMoreThanIssuerAndKeys) {  // AC-403: old metadata
    const auto metadata =
        provider::parse_metadata(document(""), generic_provider());

    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->endpoints.end_session, "");
    EXPECT_EQ(metadata->endpoints.authorization, "");
    EXPECT_TRUE(metadata->auth_basic) << "what absence means";
    EXPECT_FALSE(metadata->auth_post);
}

TEST(Discovery, IssuerIsComparedByteForByte) {  // AC-138, AC-161
    for (const char* issuer :
         {"https://idp.example/", "https://IDP.example", "http://idp.example",
          "https://idp.example:443", "https://idp.example?", "", "https://idp",
          "https://idp.example.evil.example", "https://idp.exampl%65",
          "https://idp.example\\u0000"}) {
        EXPECT_EQ(outcome(document("", issuer)), "discovery_mismatch")
            << issuer;
    }
}

TEST(Discovery, IssuerMustBeAString) {  // AC-138
    for (const char* issuer :
         {"null", "7", "[\"https://idp.example\"]", "{}", "true"}) {
        EXPECT_EQ(outcome(R"({"jwks_uri":"https://idp.example/jwks",)"
                          R"("issuer":)" +
                          std::string(issuer) + "}"),
                  "discovery_mismatch")
            << issuer;
    }
    EXPECT_EQ(outcome(R"({"jwks_uri":"https://idp.example/jwks"})"),
              "discovery_mismatch");
}

TEST(Discovery, AliasOfTheIssuerIsAccepted) {
    Provider provider = generic_provider();
    provider.issuers.push_back("https://alias.example");

    EXPECT_EQ(outcome(document("", "https://alias.example"), provider), "ok");
    EXPECT_EQ(outcome(document("", "https://other.example"), provider),
              "discovery_mismatch");
}

TEST(Discovery, EndpointsAreHttpsUrls) {  // AC-139
    for (const char* url :
         {"http://idp.example/token", "file:///etc/passwd", "ftp://idp.example",
          "javascript:alert(1)", "/token", "//idp.example/token", "token", "",
          "https://user@idp.example/", "https://u:p@idp.example/token",
          "https://idp.example/#x", "https://idp.example/\\r\\nX: y",
          "https://idp.example/a b", "https://", "https:///token",
          "HTTPS//idp.example", "https://idp.example\\\\@evil.example"}) {
        for (const char* member :
             {"authorization_endpoint", "token_endpoint", "userinfo_endpoint",
              "end_session_endpoint", "introspection_endpoint",
              "revocation_endpoint"}) {
            EXPECT_EQ(outcome(document('"' + std::string(member) + R"(":")" +
                                       url + '"')),
                      "ok without " + std::string(member))
                << member << ' ' << url;
        }
        EXPECT_EQ(outcome(R"({"issuer":"https://idp.example","jwks_uri":")" +
                          std::string(url) + R"("})"),
                  "idp_malformed")
            << url << ": nothing works without keys";
    }
}

// One endpoint too much is no reason to do without all.
TEST(Discovery, UnusableEndpointIsAsGoodAsMissing) {
    const auto metadata = provider::parse_metadata(
        document(R"("end_session_endpoint":"/logout",)"
                 R"("token_endpoint":"https://idp.example/token")"),
        generic_provider());
    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->endpoints.end_session, "");
    EXPECT_EQ(metadata->endpoints.token, "https://idp.example/token");
}

TEST(Discovery, NamedIssuerIsForALogLine) {
    EXPECT_EQ(provider::named_issuer(document("", "https://a.example/")),
              "https://a.example/");
    for (const std::string& text :
         {std::string("{"), std::string("[]"), std::string(R"({"issuer":7})"),
          document("", "https://a.example/\n"), document("", "a b\""),
          document("", "\u00e9"), document("", std::string(300, 'a'))}) {
        EXPECT_EQ(provider::named_issuer(text), "") << text;
    }
}

TEST(Discovery, AnEndpointOfAnotherTypeIsRefused) {  // AC-139
    for (const char* value :
         {"7", "true", "[]", "{}", "[\"https://idp.example/token\"]"}) {
        EXPECT_EQ(
            outcome(document(R"("token_endpoint":)" + std::string(value))),
            "ok without token_endpoint")
            << value;
    }
    EXPECT_EQ(outcome(document(R"("token_endpoint":null)")), "ok")
        << "null says no more than absence";
}

TEST(Discovery, PlainHttpIsForLoopbackOrBySwitch) {  // AC-139
    Provider provider = generic_provider();
    const std::string endpoint =
        document(R"("token_endpoint":"http://idp.example/token")");

    EXPECT_EQ(outcome(endpoint, provider), "ok without token_endpoint");
    provider.plain_http_allowed = true;
    EXPECT_EQ(outcome(endpoint, provider), "ok");

    Provider local = generic_provider();
    local.issuer = "http://127.0.0.1:9229/pool";
    local.issuers = {local.issuer};
    EXPECT_EQ(outcome(R"({"issuer":"http://127.0.0.1:9229/pool",)"
                      R"("jwks_uri":"http://localhost:9230/jwks"})",
                      local),
              "ok");
}

TEST(Discovery, PrivateAddressesAreRefused) {  // AC-140
    for (const char* host :
         {"127.0.0.1", "localhost", "169.254.169.254", "[::1]",
          "[fd00:ec2::254]", "2130706433", "0x7f000001", "10.0.0.1", "127.1",
          "0x7f.1", "app.localhost", "localhost.", "169.254.169.254."}) {
        for (const char* member :
             {"token_endpoint", "userinfo_endpoint", "introspection_endpoint",
              "revocation_endpoint"}) {
            EXPECT_EQ(outcome(document('"' + std::string(member) +
                                       R"(":"https://)" + host + R"(/x")")),
                      "ok without " + std::string(member))
                << member << ' ' << host;
        }
        EXPECT_EQ(outcome(R"({"issuer":"https://idp.example","jwks_uri":)"
                          R"("https://)" +
                          std::string(host) + R"(/jwks"})"),
                  "idp_malformed")
            << host;
    }
}

TEST(Discovery, PrivateAddressesMayBeConfigured) {  // AC-140
    Provider inner = generic_provider();
    inner.issuer = "https://10.0.0.5/realm";
    inner.issuers = {inner.issuer};
    EXPECT_EQ(outcome(R"({"issuer":"https://10.0.0.5/realm",)"
                      R"("jwks_uri":"https://10.0.0.5:8443/jwks"})",
                      inner),
              "ok");
    EXPECT_EQ(outcome(R"({"issuer":"https://10.0.0.5/realm",)"
                      R"("jwks_uri":"https://10.0.0.6/jwks"})",
                      inner),
              "idp_malformed");

    Provider named = generic_provider();
    named.endpoints.jwks = "https://127.0.0.1/jwks";
    const auto metadata = provider::parse_metadata(
        R"({"issuer":"https://idp.example","jwks_uri":"file:///x"})", named);
    ASSERT_TRUE(metadata) << "what is configured goes first";
    EXPECT_EQ(metadata->endpoints.jwks, "https://127.0.0.1/jwks");
}

TEST(Discovery, BodiesThatAreNoMetadataAreRefused) {  // AC-141
    for (const char* body :
         {"", " ", "[]", "\"x\"", "null", "7", "{", "<!doctype html><p>hello",
          R"({"issuer":"https://idp.example","issuer":"https://idp.example"})",
          R"({"issuer":"https://idp.example"} x)",
          R"([{"issuer":"https://idp.example"}])"}) {
        EXPECT_EQ(outcome(body), "idp_malformed") << body;
    }
    const std::string whole(kCognito);
    for (std::size_t cut = 0; cut < whole.size(); cut++) {
        EXPECT_FALSE(
            provider::parse_metadata(whole.substr(0, cut), cognito_provider()));
    }
}

TEST(Discovery, BodiesHaveALimit) {  // AC-141
    const std::string bare = document(R"("x":"")");
    const std::string fill(provider::kMaxMetadataBytes - bare.size(), 'x');

    EXPECT_EQ(outcome(document(R"("x":")" + fill + '"')), "ok");
    EXPECT_EQ(outcome(document(R"("x":"x)" + fill + '"')), "idp_too_large");
    EXPECT_EQ(outcome(document(R"("x":)" + std::string(1000, '[') +
                               std::string(1000, ']'))),
              "idp_malformed");
}

TEST(Discovery, JwksUriIsRequired) {
    const char* keyless = R"({"issuer":"https://idp.example"})";

    EXPECT_EQ(outcome(keyless), "endpoint_missing");
    Provider provider = generic_provider();
    provider.endpoints.jwks = "https://keys.example/jwks";
    EXPECT_EQ(outcome(keyless, provider), "ok");
}

TEST(Discovery, ClientAuthMethodsAreRead) {
    const auto read = [](std::string_view methods) {
        const auto metadata = provider::parse_metadata(
            document(R"("token_endpoint_auth_methods_supported":)" +
                     std::string(methods)),
            generic_provider());
        return metadata ? std::pair(metadata->auth_basic, metadata->auth_post)
                        : std::pair(false, false);
    };

    EXPECT_EQ(read(R"(["client_secret_post"])"), std::pair(false, true));
    EXPECT_EQ(read(R"(["client_secret_basic"])"), std::pair(true, false));
    EXPECT_EQ(read(R"(["private_key_jwt",7])"), std::pair(false, false));
    EXPECT_EQ(read(R"(["CLIENT_SECRET_POST"])"), std::pair(false, false));
}

TEST(Discovery, IssParameterSupportIsRead) {  // RFC 9207 3
    const auto read = [](std::string_view value) {
        const auto metadata = provider::parse_metadata(
            document(R"("authorization_response_iss_parameter_supported":)" +
                     std::string(value)),
            generic_provider());
        return metadata && metadata->iss_in_response;
    };

    EXPECT_TRUE(read("true"));
    EXPECT_FALSE(read("false"));
    EXPECT_FALSE(read(R"("true")"));
}

TEST(Discovery, IsNotNeededWhenAllInUseIsConfigured) {
    Provider provider = generic_provider();
    provider.logout = {};
    EXPECT_TRUE(provider::needs_discovery(provider));

    provider.endpoints.jwks = "https://idp.example/jwks";
    EXPECT_TRUE(provider::needs_discovery(provider))
        << "a client logs people in";
    provider.endpoints.authorization = "https://idp.example/authorize";
    EXPECT_TRUE(provider::needs_discovery(provider));
    provider.endpoints.token = "https://idp.example/token";
    EXPECT_FALSE(provider::needs_discovery(provider));

    provider.userinfo = true;
    EXPECT_TRUE(provider::needs_discovery(provider));
    provider.endpoints.userinfo = "https://idp.example/userinfo";
    EXPECT_FALSE(provider::needs_discovery(provider));

    provider.logout.query_arg = "logout";
    EXPECT_TRUE(provider::needs_discovery(provider));
    provider.endpoints.end_session = "https://idp.example/logout";
    EXPECT_FALSE(provider::needs_discovery(provider));
    EXPECT_EQ(provider::configured_metadata(provider).endpoints.end_session,
              "https://idp.example/logout");
}

TEST(Discovery, BearerAloneNeedsOnlyKeys) {
    Provider provider;
    EXPECT_TRUE(provider::needs_discovery(provider));
    provider.endpoints.jwks = "https://idp.example/jwks";
    EXPECT_FALSE(provider::needs_discovery(provider));
}

}  // namespace
}  // namespace oidc::test
