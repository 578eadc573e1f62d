// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/opaque_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oidc/exchange_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::HasSubstr;

constexpr const char* kOpaque = "an-opaque-token";

// A bearer token that the provider is asked about.
class OpaqueStory : public SwapStory {
public:
    explicit OpaqueStory(std::initializer_list<Method> methods,
                         Provider p = generic_provider())
        : SwapStory(std::move(p)) {
        accept(methods);
        ports.known_metadata->endpoints.introspection =
            "https://idp.example/introspect";
        provider_says = [this](const Call& call) {
            return json_reply(call.kind == CallKind::introspection
                                  ? active().text()
                                  : userinfo().text());
        };
    }
    Payload active() const {
        Payload c;
        c.set("active", "true")
            .set("sub", json_string("user-1"))
            .set("client_id", json_string(kClient))
            .set("scope", json_string("read write"))
            .set("exp", number(now + Seconds{600}));
        return c;
    }
    Payload userinfo() const {
        Payload c;
        c.set("sub", json_string("user-1"))
            .set("email", json_string("jane@example.com"));
        return c;
    }
    Payload jwt() const {
        return machine_token(kClient).set("sub", json_string("user-1"));
    }
    Request shows(const std::string& token) const {
        return with_authorization("Bearer " + token);
    }
    std::string show(const std::string& token = kOpaque) {
        return outcome(shows(token));
    }
    std::string judge(std::string body, unsigned status = 200) {
        pass(60);  // whatever was known is no longer
        provider_says = [=](const Call&) { return json_reply(body, status); };
        return show();
    }
};

// --- which one is asked -----------------------------------------------------

TEST(OpaqueToken, JwtIsVerifiedLocallyIfBearerIsEnabled) {
    OpaqueStory s({Method::bearer, Method::introspection});
    EXPECT_EQ(s.show(SigningKey::ours().token(s.jwt().text())), "allow");
    EXPECT_EQ(s.show("a.b.c"), "401 header_malformed");
    EXPECT_TRUE(s.calls.empty());
    for (const char* opaque : {kOpaque, "a.b", "a.b.c.d", "a.b.c.d.e"}) {
        EXPECT_EQ(s.show(opaque), "allow") << opaque;
    }
    EXPECT_EQ(s.calls.size(), 4u);
}

TEST(OpaqueToken, IsMalformedIfNeitherMethodIsEnabled) {  // AC-297
    OpaqueStory s({Method::bearer});
    EXPECT_EQ(s.show(), "401 token_malformed");
    OpaqueStory none({Method::session, Method::client_credentials});
    EXPECT_EQ(none.show(), "401 method_not_enabled");
    EXPECT_TRUE(none.calls.empty());
}

TEST(OpaqueToken, IsIntrospectedIfBothMethodsAreEnabled) {
    OpaqueStory s({Method::introspection, Method::userinfo});
    EXPECT_EQ(s.judge(R"({"active":false})"), "401 token_inactive");
    ASSERT_EQ(s.calls.size(), 1u);
    EXPECT_EQ(s.calls[0].kind, CallKind::introspection);

    // Cognito has none.
    OpaqueStory cognito({Method::introspection, Method::userinfo},
                        cognito_provider());
    cognito.provider.any_client = true;
    EXPECT_EQ(cognito.show(), "allow");
    EXPECT_EQ(cognito.calls.at(0).kind, CallKind::userinfo);
}

// --- introspection ----------------------------------------------------------

TEST(Introspection, ActiveTokenGivesAnIdentity) {
    OpaqueStory s({Method::introspection});
    const auto guest = s.serve(s.shows(kOpaque));
    ASSERT_EQ(guest->outcome(), "allow");
    const Identity* who = guest->identity();
    EXPECT_EQ(who->method, Method::introspection);
    EXPECT_EQ(who->user, "user-1");
    EXPECT_EQ(who->client_id, kClient);
    EXPECT_EQ(who->scope, "read write");
    EXPECT_EQ(who->expires, s.now + Seconds{600});
    EXPECT_EQ(who->access_token.reveal(), kOpaque);

    const auto& call = s.calls.at(0);
    EXPECT_EQ(call.url, "https://idp.example/introspect");
    EXPECT_THAT(call.body, HasSubstr("token=an-opaque-token"));
    EXPECT_THAT(call.body, HasSubstr("token_type_hint=access_token"));
    EXPECT_THAT(call.authorization, HasSubstr("Basic "));
}

TEST(Introspection, OnlyTheJsonValueTrueIsActive) {  // AC-303
    OpaqueStory s({Method::introspection});
    const Payload good = s.active();
    for (const char* active :
         {"false", "\"true\"", "1", "null", "[true]", "{}", "\"\""}) {
        EXPECT_EQ(s.judge(Payload(good).set("active", active).text()),
                  "401 token_inactive")
            << active;
    }
    EXPECT_EQ(s.judge(Payload(good).drop("active").text()),
              "401 token_inactive");
    EXPECT_EQ(s.judge("{}"), "401 token_inactive");
}

TEST(Introspection, UnusableResponseIsAFailure) {  // AC-303
    OpaqueStory s({Method::introspection});
    const std::string good = s.active().text();
    EXPECT_EQ(s.judge("[" + good + "]"), "503 idp_malformed");
    EXPECT_EQ(s.judge(""), "503 idp_malformed");
    EXPECT_EQ(s.judge("<html>"), "503 idp_malformed");
    EXPECT_EQ(s.judge(good.substr(0, good.size() - 1)), "503 idp_malformed");
    EXPECT_EQ(s.judge(good, 201), "503 idp_error");
    EXPECT_EQ(s.judge(good, 400), "503 idp_error");
    EXPECT_EQ(s.judge(good, 404), "503 idp_error");
    EXPECT_EQ(s.judge(good, 429), "503 idp_throttled");
    EXPECT_EQ(s.judge(good, 500), "503 idp_error");
    EXPECT_EQ(s.judge(good, 401), "500 client_refused");
    s.pass(60);
    s.provider_says = [&](const Call&) {
        ProviderReply html = json_reply(good);
        html.content_type = "text/html";
        return html;
    };
    EXPECT_EQ(s.show(), "503 idp_malformed");
    s.pass(60);
    s.provider_says = [&](const Call&) {
        return s.failed(ProviderReply::Failure::too_large);  // 10 MB of it
    };
    EXPECT_EQ(s.show(), "503 idp_too_large");
}

TEST(Introspection, TimesAndIssuerAreChecked) {  // AC-303
    OpaqueStory s({Method::introspection});
    const auto with = [&](const char* name, const std::string& json) {
        return s.judge(s.active().set(name, json).text());
    };
    EXPECT_EQ(with("exp", number(s.now)), "401 token_expired");
    EXPECT_EQ(with("exp", "1"), "401 token_expired");
    EXPECT_EQ(with("exp", "\"2999999999\""), "401 token_expired");
    EXPECT_EQ(with("nbf", "9999999999"), "401 token_not_yet_valid");
    EXPECT_EQ(with("nbf", "\"x\""), "401 token_not_yet_valid");
    EXPECT_EQ(with("iss", "\"https://elsewhere\""), "401 iss_mismatch");
    EXPECT_EQ(with("iss", json_string(kIssuer)), "allow");
    EXPECT_EQ(with("cnf", "{}"), "401 token_bound");
}

TEST(Introspection, AudienceAndClientAreChecked) {  // AC-305
    OpaqueStory s({Method::introspection});
    const auto but = [&](const Payload& p) { return s.judge(p.text()); };
    s.provider.audience = {"https://api"};
    s.provider.allowed_clients = {"app-1"};
    EXPECT_EQ(but(s.active()), "401 client_id_mismatch");
    EXPECT_EQ(but(s.active().set("client_id", "\"app-1\"")), "allow");
    EXPECT_EQ(but(s.active().set("client_id", "7")), "401 client_id_mismatch");
    EXPECT_EQ(but(s.active().drop("client_id")), "401 client_id_mismatch");
    EXPECT_EQ(but(s.active().set("aud", "\"https://other\"")),
              "401 aud_mismatch");
    EXPECT_EQ(but(s.active().set("aud", "[\"x\",\"https://api\"]")), "allow");
    EXPECT_EQ(but(s.active().set("aud", "null")), "401 aud_mismatch");
    s.location.audience = {"https://here"};
    EXPECT_EQ(but(s.active().set("aud", "\"https://api\"")),
              "403 audience_not_met");
    s.location.audience.clear();
    s.provider.any_client = true;
    EXPECT_EQ(but(s.active().drop("client_id")), "allow");
}

TEST(Introspection, IsRepeatedAfterAMinute) {  // AC-304, AC-309
    OpaqueStory s({Method::introspection});
    EXPECT_EQ(s.show(), "allow");
    s.pass(59);
    EXPECT_EQ(s.show(), "allow");
    EXPECT_EQ(s.calls.size(), 1u);
    s.pass(1);
    s.provider_says = [](const Call&) {
        return json_reply(R"({"active":false})");
    };
    EXPECT_EQ(s.show(), "401 token_inactive") << "revoked";
    EXPECT_EQ(s.show(), "401 token_inactive");
    EXPECT_EQ(s.calls.size(), 2u);
}

TEST(Introspection, StaleResultIsNotUsedInAnOutage) {
    OpaqueStory s({Method::introspection});
    EXPECT_EQ(s.show(), "allow");
    s.pass(60);
    s.provider_says = [](const Call&) {
        return SwapStory::failed(ProviderReply::Failure::timeout);
    };
    EXPECT_EQ(s.show(), "503 idp_timeout");
}

TEST(Introspection, ResultNeverOutlivesTheToken) {  // AC-310
    OpaqueStory s({Method::introspection});
    s.provider.token_cache_ttl = Seconds{3600};
    EXPECT_EQ(s.show(), "allow");
    s.pass(600);
    s.provider_says = [](const Call&) {
        return json_reply(R"({"active":false})");
    };
    EXPECT_EQ(s.show(), "401 token_inactive");
}

TEST(Introspection, EveryByteOfTheTokenCounts) {  // AC-304
    OpaqueStory s({Method::introspection});
    ASSERT_EQ(s.show(), "allow");
    s.provider_says = [](const Call&) {
        return json_reply(R"({"active":false})");
    };
    const std::string token = kOpaque;
    for (const std::string& other :
         {token + "x", token.substr(1), token.substr(0, token.size() - 1),
          "A" + token.substr(1)}) {
        EXPECT_EQ(s.show(other), "401 token_inactive") << other;
    }
    EXPECT_EQ(s.show(), "allow");
}

TEST(Introspection, NeedsAnEndpoint) {
    OpaqueStory s({Method::introspection});
    s.ports.known_metadata->endpoints.introspection.clear();
    EXPECT_EQ(s.show(), "503 endpoint_missing");
}

// --- userinfo ---------------------------------------------------------------

TEST(UserinfoCheck, ValidTokenGivesAnIdentity) {
    OpaqueStory s({Method::userinfo});
    s.provider.any_client = true;
    const auto guest = s.serve(s.shows(kOpaque));
    ASSERT_EQ(guest->outcome(), "allow");
    const Identity* who = guest->identity();
    EXPECT_EQ(who->method, Method::userinfo);
    EXPECT_EQ(who->user, "jane@example.com");
    EXPECT_EQ(who->scope, "");
    EXPECT_EQ(who->client_id, "");
    EXPECT_EQ(s.calls.at(0).url, "https://idp.example/oauth2/userInfo");
    EXPECT_EQ(s.calls.at(0).authorization, "Bearer an-opaque-token");
}

TEST(UserinfoCheck, IgnoresScopeClientAndExpiryOfTheResponse) {
    OpaqueStory s({Method::userinfo});
    s.provider.any_client = true;
    s.provider_says = [&](const Call&) {
        return json_reply(s.userinfo()
                              .set("scope", json_string("admin"))
                              .set("client_id", json_string(kClient))
                              .set("exp", "9999999999")
                              .text());
    };
    const auto guest = s.serve(s.shows(kOpaque));
    ASSERT_EQ(guest->outcome(), "allow");
    EXPECT_EQ(guest->identity()->scope, "");
    EXPECT_EQ(guest->identity()->client_id, "");
    EXPECT_EQ(guest->identity()->expires, s.now + Seconds{60});
}

TEST(UserinfoCheck, TokenOfAnotherClientIsRefused) {  // AC-305
    OpaqueStory s({Method::userinfo});
    EXPECT_EQ(s.show(), "401 client_id_mismatch");
}

TEST(UserinfoCheck, RefusalsAndFailuresAreDistinguished) {
    OpaqueStory s({Method::userinfo});
    s.provider.any_client = true;
    EXPECT_EQ(s.judge("", 401), "401 token_inactive");
    EXPECT_EQ(s.judge("", 400), "401 token_inactive");
    EXPECT_EQ(s.judge("", 403), "401 token_inactive");
    EXPECT_EQ(s.judge("", 404), "503 idp_error");
    EXPECT_EQ(s.judge("", 429), "503 idp_throttled");
    EXPECT_EQ(s.judge("", 500), "503 idp_error");
    EXPECT_EQ(s.judge("", 302), "503 idp_error");
    EXPECT_EQ(s.judge("{}"), "503 idp_malformed");
    EXPECT_EQ(s.judge("[]"), "503 idp_malformed");
    EXPECT_EQ(s.judge(R"({"sub":""})"), "503 idp_malformed");
    EXPECT_EQ(s.judge(R"({"sub":7})"), "503 idp_malformed");
    EXPECT_EQ(s.judge("eyJhbGciOiJub25lIn0.e30."), "503 idp_malformed");
}

TEST(UserinfoCheck, JwtIsVerifiedAsWell) {  // AC-309
    OpaqueStory s({Method::userinfo}, cognito_provider());
    s.provider.allowed_clients = {kClient};
    const auto ours = [](const Payload& p) {
        return SigningKey::ours().token(p.text());
    };
    const auto guest = s.serve(s.shows(ours(s.jwt())));
    ASSERT_EQ(guest->outcome(), "allow");
    EXPECT_EQ(guest->identity()->client_id, kClient);
    EXPECT_EQ(guest->identity()->scope, "kongresource/scope1");
    EXPECT_EQ(guest->identity()->claims.string("email"), "jane@example.com");

    EXPECT_EQ(s.show(ours(s.jwt().set("sub", "\"user-2\""))),
              "401 sub_invalid");
    EXPECT_EQ(s.show(ours(s.jwt().set("exp", "1"))), "401 token_expired");
    EXPECT_EQ(s.show(ours(s.jwt().set("iss", "\"x\""))), "401 iss_mismatch");
    EXPECT_EQ(s.show(ours(s.jwt().set("client_id", "\"other\""))),
              "401 client_id_mismatch");
    EXPECT_EQ(s.show(SigningKey::other().token(s.jwt().text())),
              "401 signature_invalid");
    s.provider_says = [](const Call&) { return json_reply("", 401); };
    s.pass(60);
    EXPECT_EQ(s.show(ours(s.jwt())), "401 token_inactive") << "revoked";
}

TEST(UserinfoCheck, CognitosTextsBecomeBooleans) {  // AC-405
    OpaqueStory s({Method::userinfo}, cognito_provider());
    s.provider.any_client = true;
    s.provider_says = [](const Call&) {
        return json_reply(R"({"sub":"a","email_verified":"false"})");
    };
    const auto guest = s.serve(s.shows(kOpaque));
    ASSERT_EQ(guest->outcome(), "allow");
    EXPECT_TRUE(guest->identity()->claims.get("email_verified").is_false());
}

TEST(UserinfoCheck, NeedsAnEndpoint) {
    OpaqueStory s({Method::userinfo});
    s.ports.known_metadata->endpoints.userinfo.clear();
    EXPECT_EQ(s.show(), "503 endpoint_missing");
}

TEST(OpaqueToken, ResultOfOneMethodIsNotUsedByTheOther) {  // AC-311
    OpaqueStory s({Method::userinfo});
    s.provider.any_client = true;
    ASSERT_EQ(s.show(), "allow");
    s.location.methods = {};
    s.accept({Method::introspection});
    s.provider_says = [](const Call&) {
        return json_reply(R"({"active":false})");
    };
    EXPECT_EQ(s.show(), "401 token_inactive");
    EXPECT_EQ(s.calls.size(), 2u);
}

}  // namespace
}  // namespace oidc::test
