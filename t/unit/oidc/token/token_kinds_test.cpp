// SPDX-License-Identifier: Apache-2.0
// Each kind of JWT that a provider signs for one client, shown at each place
// that takes a JWT: accepted in its own place alone (RFC 8725 2.8, 3.12).

#include <gtest/gtest.h>

#include <functional>

#include "oidc/login_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/userinfo.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/token/id_token.hpp"
#include "oidc/token/logout_token.hpp"
#include "oidc/token/token_rules.hpp"

namespace oidc::test {
namespace {

using base::Seconds;

struct Kind {
    const char* name;
    const char* typ;  // of the header; "" is none
    std::string payload;
    // Which places accept it: one letter for each of kPlaces, or ".".
    const char* accepted;
};

// All of them say as much as they may, have the same issuer, are signed by the
// same key, and are for our client: only their kind is in question.
Payload common() {
    return Payload()
        .set("iss", json_string(kIssuer))
        .set("aud", json_string(kClient))
        .set("sub", json_string("user-1"))
        .set("exp", number(kNow + Seconds(3600)))
        .set("iat", number(kNow))
        .set("jti", json_string("1"));
}
Payload access() {
    return common()
        .set("client_id", json_string(kClient))
        .set("scope", json_string("openid orders:admin"));
}
Payload id() {
    return common()
        .set("nonce", json_string("n"))
        .set("azp", json_string(kClient));
}
Payload keycloak(const char* typ) {
    return access()
        .set("azp", json_string(kClient))
        .set("typ", json_string(typ));
}
Payload event(const char* uri) {
    return common().set("events", "{\"" + std::string(uri) + "\":{}}");
}

constexpr const char* kLogout =
    "http://schemas.openid.net/event/backchannel-logout";

// Places: bearer with auth_oidc_token access, id, any; the login's ID token; a
// refreshed ID token; the back channel; a reply of UserInfo.
constexpr std::string_view kPlaces = "AINLRBU";

const std::string kIntrospection =
    R"({"active":true,"sub":"user-1","scope":"orders:admin"})";

const std::vector<Kind> kKinds = {
    {"access token, RFC 9068", "at+jwt", access().text(), "A.N...."},
    {"access token, no typ", "", access().text(), "A.N...."},
    {"access token, Keycloak", "JWT", keycloak("Bearer").text(), "A.N...."},
    {"access token of a machine", "at+jwt", access().drop("sub").text(),
     "A.N...."},
    {"access token, no client and no scope", "JWT", common().text(), "....R.."},
    {"ID token", "JWT", id().text(), ".INLR.."},
    {"ID token, Keycloak", "JWT", id().set("typ", json_string("ID")).text(),
     ".INLR.."},
    {"ID token, refreshed", "JWT", id().drop("nonce").text(), ".I..R.."},
    {"ID token with at_hash alone", "JWT",
     id().drop("nonce").set("at_hash", json_string("x")).text(), ".IN...."},
    {"refresh token", "JWT", keycloak("Refresh").text(), "......."},
    {"offline token", "JWT", keycloak("Offline").text(), "......."},
    {"logout token of Keycloak as access", "JWT", keycloak("Logout").text(),
     "......."},
    {"authorization response (JARM)", "JWT",
     access()
         .set("code", json_string("c"))
         .set("state", json_string("s"))
         .text(),
     "......."},
    {"authorization response, code alone", "JWT",
     access().set("code", json_string("c")).text(), "......."},
    {"authorization error (JARM)", "JWT",
     common()
         .drop("sub")
         .drop("iat")
         .set("error", json_string("login_required"))
         .text(),
     "......."},
    {"authorization error with a scope", "JWT",
     access().set("error", json_string("login_required")).text(), "......."},
    {"state alone", "JWT", access().set("state", json_string("s")).text(),
     "......."},
    {"iss, aud and exp alone", "JWT",
     common().drop("sub").drop("iat").drop("jti").text(), "......."},
    {"logout token", "logout+jwt", event(kLogout).text(), ".....B."},
    {"logout token, no typ", "", event(kLogout).text(), ".....B."},
    {"logout token with a nonce", "",
     event(kLogout).set("nonce", json_string("n")).text(), "......."},
    {"security event", "secevent+jwt",
     event("https://schemas.openid.net/secevent/risc/event-type/"
           "account-disabled")
         .text(),
     "......."},
    {"security event, no typ", "", event("urn:example:event").text(),
     "......."},
    {"UserInfo", "JWT", common().drop("iat").drop("jti").text(), "......."},
    {"UserInfo with a name and a time", "JWT",
     common().set("name", json_string("Jane")).text(), "....R.."},
    {"introspection response", "token-introspection+jwt",
     common().set("token_introspection", kIntrospection).text(), "......."},
    {"introspection response, no typ", "",
     access().set("token_introspection", kIntrospection).text(), "......."},
    {"DPoP proof", "dpop+jwt",
     access()
         .set("htm", json_string("GET"))
         .set("htu", json_string("x"))
         .text(),
     "......."},
    {"DPoP proof, no typ", "", access().set("htm", json_string("GET")).text(),
     "......."},
    {"client assertion", "JWT",
     common()
         .set("iss", json_string(kClient))
         .set("aud", json_string(kIssuer))
         .set("sub", json_string(kClient))
         .text(),
     "......."},
    {"request object", "oauth-authz-req+jwt",
     access()
         .set("iss", json_string(kClient))
         .set("response", json_string("code"))
         .text(),
     "......."},
    {"request object by the provider", "JWT",
     access()
         .set("state", json_string("s"))
         .set("nonce", json_string("n"))
         .text(),
     "......."},
    {"entity statement", "entity-statement+jwt",
     access().set("jwks", R"({"keys":[]})").text(), "......."},
    {"authorization response by its typ", "JARM", access().text(), "......."},
    {"access token bound to a key", "at+jwt",
     access().set("cnf", R"({"jkt":"x"})").text(), "......."},
};

std::string header(const char* typ) {
    std::string text = R"({"kid":"kid/1+=","alg":"RS256")";
    return *typ ? text + R"(,"typ":")" + typ + "\"}" : text + "}";
}

class TokenKinds : public World {
public:
    std::string places_of(const std::string& token) {
        const std::function<bool(const std::string&)> places[] = {
            [&](const auto& t) { return is_bearer(t, TokenKind::access); },
            [&](const auto& t) { return is_bearer(t, TokenKind::id); },
            [&](const auto& t) { return is_bearer(t, TokenKind::any); },
            [&](const auto& t) { return is_login(t); },
            [&](const auto& t) { return is_refreshed(t); },
            [&](const auto& t) { return is_logout(t); },
            [&](const auto& t) { return is_userinfo(t); },
        };
        std::string accepted;
        for (std::size_t i = 0; i < kPlaces.size(); ++i) {
            accepted += places[i](token) ? kPlaces[i] : '.';
        }
        return accepted;
    }

private:
    bool is_bearer(const std::string& token, TokenKind kind) {
        location.token = kind;
        Visit visit(*this, Request::plain("/api"));
        const auto verified = token::verify_bearer(visit.context(), token, now);
        return verified &&
               token::accept_bearer(visit.context(), **verified, token);
    }
    bool is_login(const std::string& token) {
        return bool(token::verify_id_token(token, *ports.known_keys, provider,
                                           {"n", kAccessToken}, now));
    }
    bool is_refreshed(const std::string& token) {
        const auto before = jose::Claims::parse(id().text());
        return bool(token::verify_refreshed_id_token(
            token, *ports.known_keys, provider, *before, kAccessToken, now));
    }
    bool is_logout(const std::string& token) {
        Visit visit(*this, Request::plain("/back"));
        return bool(token::verify_logout_token(visit.context(), token, now));
    }
    static bool is_userinfo(const std::string& token) {
        ProviderReply reply;
        reply.status = 200;
        reply.content_type = "application/jwt";
        reply.body = token;
        return bool(provider::parse_userinfo(reply));
    }
};

// AC-411, AC-412, AC-413, AC-414, AC-415.
TEST(TokenKinds, AreAcceptedInTheirOwnPlaceAlone) {
    TokenKinds shown;
    for (const Kind& kind : kKinds) {
        EXPECT_EQ(shown.places_of(
                      SigningKey::ours().token(kind.payload, header(kind.typ))),
                  kind.accepted)
            << kind.name;
    }
}

// The matrix with the claims that access tokens of this provider have, which
// differ from those of the others in nothing but their values.
TEST(TokenKinds, AccessTokensOfProvidersAreAccepted) {  // AC-416
    struct Sample {
        const char* provider;
        const char* typ;
        const char* claims;  // beside iss, exp, iat and aud
    };
    // By the providers' public documentation.
    const Sample samples[] = {
        {"Cognito", "",
         R"("sub":"a1","client_id":"c","token_use":"access","version":2,
            "scope":"openid","auth_time":1,"jti":"j","username":"u",
            "origin_jti":"o","cognito:groups":["g"])"},
        {"Keycloak", "JWT",
         R"("sub":"a1","typ":"Bearer","azp":"c","sid":"s","acr":"1",
            "allowed-origins":["x"],"realm_access":{"roles":["user"]},
            "resource_access":{"account":{"roles":["manage"]}},
            "scope":"openid email","email_verified":true,
            "preferred_username":"jane","jti":"j","auth_time":1)"},
        {"Keycloak, lightweight", "JWT",
         R"("typ":"Bearer","azp":"c","scope":"","jti":"j")"},
        {"Entra ID v1", "JWT",
         R"("sub":"a1","appid":"c","appidacr":"1","scp":"user_impersonation",
            "oid":"o","tid":"t","ver":"1.0","uti":"u","upn":"jane@x.example",
            "unique_name":"jane@x.example","ipaddr":"10.0.0.1","amr":["pwd"],
            "aio":"x","rh":"x")"},
        {"Entra ID v1, application", "JWT",
         R"("sub":"o","appid":"c","appidacr":"1","roles":["Orders.Read"],
            "idtyp":"app","oid":"o","tid":"t","ver":"1.0","uti":"u")"},
        {"Entra ID v2", "JWT",
         R"("sub":"a1","azp":"c","azpacr":"1","scp":"orders.read","oid":"o",
            "tid":"t","ver":"2.0","uti":"u","name":"Jane",
            "preferred_username":"jane@x.example","aio":"x","rh":"x")"},
        {"Auth0", "JWT",
         R"("sub":"auth0|1","azp":"c","scope":"openid profile",
            "permissions":["read:orders"])"},
        {"Auth0, RFC 9068 profile", "at+jwt",
         R"("sub":"auth0|1","client_id":"c","jti":"j","scope":"openid")"},
        {"Auth0, machine", "JWT",
         R"("sub":"c@clients","azp":"c","gty":"client-credentials",
            "scope":"read:orders")"},
        {"Okta", "",
         R"("ver":1,"jti":"AT.1","sub":"jane@x.example","cid":"c","uid":"u",
            "scp":["openid","orders"],"auth_time":1)"},
        {"Okta, machine", "",
         R"("ver":1,"jti":"AT.1","sub":"c","cid":"c","scp":["orders"])"},
        {"Zitadel", "at+jwt",
         R"("sub":"1","client_id":"c","jti":"j","nbf":1,
            "urn:zitadel:iam:org:project:roles":{"admin":{"1":"x"}})"},
        {"Authentik", "JWT",
         R"("sub":"a1","azp":"c","uid":"u","scope":"openid email",
            "auth_time":1,"acr":"goauthentik.io/providers/oauth2/default",
            "email":"jane@x.example","groups":["g"])"},
        {"PingOne", "JWT",
         R"("sub":"a1","client_id":"c","scope":"orders:read","env":"e",
            "org":"o","p1.rid":"r","jti":"j")"},
        {"PingFederate", "",
         R"("sub":"jane","client_id":"c","scope":["orders"])"},
        {"Curity", "JWT",
         R"("sub":"jane","jti":"j","delegationId":"d","scope":"orders",
            "purpose":"access_token","nbf":1)"},
        {"Hydra", "JWT",
         R"("sub":"jane","client_id":"c","ext":{},"scp":["orders"],"jti":"j",
            "nbf":1)"},
        {"IdentityServer", "at+jwt",
         R"("sub":"818727","client_id":"c","scope":["openid","api"],"sid":"s",
            "idp":"local","amr":["pwd"],"auth_time":1,"jti":"j","nbf":1)"},
        {"IdentityServer, machine", "at+jwt",
         R"("client_id":"c","scope":["api"],"jti":"j","nbf":1)"},
        {"Salesforce", "JWT",
         R"("sub":"uid:005x","client_id":"c","scp":"api web","mty":"oauth",
            "sfi":"s","roles":[],"nbf":1)"},
        {"oidc-provider", "at+jwt",
         R"("sub":"jane","client_id":"c","scope":"api:read","jti":"j")"},
    };
    TokenKinds shown;
    shown.provider.audience = {"https://api.example"};
    shown.provider.allowed_clients.clear();
    for (const Sample& sample : samples) {
        const std::string claims = R"({"iss":")" + shown.provider.issuer +
                                   R"(","exp":)" +
                                   number(kNow + Seconds(3600)) + R"(,"iat":)" +
                                   number(kNow) + "," + sample.claims;
        const auto places = [&](const char* aud) {
            return shown.places_of(SigningKey::ours().token(
                claims + R"(,"aud":[")" + aud + R"(","x"]})",
                header(sample.typ)));
        };
        EXPECT_EQ(places("https://api.example"), "A.N....") << sample.provider;
        EXPECT_EQ(places("https://other.example"), ".......")
            << sample.provider;
    }
}

// Google signs no access tokens: those of Google are opaque, and what its
// Identity Platform hands to applications is an ID token.
TEST(TokenKinds, TokensOfGoogleIdentityPlatformAreIdTokens) {
    TokenKinds shown;
    const Payload claims =
        common()
            .set("auth_time", number(kNow))
            .set("user_id", json_string("user-1"))
            .set("email_verified", "true")
            .set("firebase", R"({"identities":{},"sign_in_provider":"x"})");
    EXPECT_EQ(
        shown.places_of(SigningKey::ours().token(claims.text(), header("JWT"))),
        ".I..R..");
}

// RFC 8725 3.12: aud alone proves nothing where it is our client's id.
TEST(TokenKinds, WithoutAnAudienceTheClientMustBeAllowed) {
    TokenKinds shown;
    shown.provider.audience.clear();
    const auto places = [&](const Payload& claims) {
        return shown.places_of(
            SigningKey::ours().token(claims.text(), header("at+jwt")));
    };
    EXPECT_EQ(places(access()), "A.N....");
    EXPECT_EQ(places(access().drop("client_id")), ".......");
    EXPECT_EQ(places(access().set("client_id", json_string("other"))),
              ".......");
    EXPECT_EQ(places(access().set("aud", json_string("other"))), ".......");
    shown.provider.allowed_clients.clear();
    EXPECT_EQ(places(access()), ".......") << "nothing is configured";
    shown.provider.any_client = true;
    EXPECT_EQ(places(access().set("client_id", json_string("other"))),
              "A.N....");
}

}  // namespace
}  // namespace oidc::test
