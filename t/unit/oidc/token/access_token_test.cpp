// SPDX-License-Identifier: Apache-2.0
#include "oidc/token/access_token.hpp"

#include <gtest/gtest.h>

#include "oidc/login_story.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/policy.hpp"
#include "oidc/token/token_rules.hpp"

namespace oidc::test {
namespace {

using base::Seconds;

// A token is shown at a location, once or again.
class BearerStory : public World {
public:
    explicit BearerStory(Provider p = cognito_provider())
        : World(std::move(p)) {}

    Payload access() const {
        Payload c;
        c.set("iss", json_string(provider.issuer))
            .set("client_id", json_string(kClient))
            .set("sub", json_string("alice"))
            .set("scope", json_string("openid email"))
            .set("exp", number(now + Seconds{3600}));
        return provider.profile == Profile::cognito
                   ? c.set("token_use", json_string("access"))
                   : c;
    }
    Payload id() const { return good_claims(provider, "n", now); }

    // "accepted", or the reason word.
    std::string show(const Payload& claims) {
        return show(SigningKey::ours().token(claims.text()));
    }
    std::string show(const std::string& token) {
        Visit visit(*this, Request::plain("/api"));
        const auto verified = token::verify_bearer(visit.context(), token, now);
        if (!verified) {
            return word(verified.error());
        }
        identity = *verified;
        const auto status =
            token::accept_bearer(visit.context(), *identity, token);
        return status ? "accepted" : word(status.error());
    }
    bool is_cached(const std::string& token) {
        return ports.identities().find(provider.policy_id, token);
    }

    IdentityRef identity;

private:
    static std::string word(const base::Error& error) {
        return std::string(base::word(error.code));
    }
};

BearerStory generic() {
    return BearerStory(generic_provider());
}

TEST(Bearer, ValidTokenGivesAnIdentity) {
    BearerStory s;
    EXPECT_EQ(s.show(s.access()), "accepted");

    EXPECT_EQ(s.identity->method, Method::bearer);
    EXPECT_EQ(s.identity->user, "alice");
    EXPECT_EQ(s.identity->client_id, kClient);
    EXPECT_EQ(s.identity->scope, "openid email");
    EXPECT_EQ(s.identity->expires, kNow + Seconds{3600});
    EXPECT_FALSE(s.identity->access_token.empty());
}

TEST(Bearer, MalformedTokenIsRefused) {  // AC-297
    BearerStory s;
    for (const char* token : {"", "x", "invalid_token", "a.b", "a.b.c",
                              "a.b.c.d", "...", "eyJhbGciOiJub25lIn0.e30."}) {
        EXPECT_NE(s.show(std::string(token)), "accepted") << token;
    }
    EXPECT_NE(s.show(SigningKey::unsigned_token(s.access().text())),
              "accepted");
    EXPECT_NE(s.show(SigningKey::hs256(s.access().text(),
                                       "client secret of thirty-two bytes")),
              "accepted");
    EXPECT_EQ(s.show(SigningKey::other().token(s.access().text())),
              "signature_invalid");
}

TEST(Bearer, HmacAloneNeedsNoKeySet) {
    BearerStory s;
    s.provider.algs = jose::AlgSet().add(jose::Alg::HS256);
    s.ports.known_keys.reset();
    const std::string ours = "client secret of thirty-two bytes";

    EXPECT_EQ(s.show(SigningKey::hs256(s.access().text(), ours)), "accepted");
    EXPECT_EQ(s.show(SigningKey::hs256(s.access().text(), ours + "x")),
              "signature_invalid");
    EXPECT_EQ(s.show(s.access()), "alg_not_allowed");
    s.provider.client_secret = base::Secret();
    s.provider.policy_id++;
    EXPECT_NE(s.show(SigningKey::hs256(s.access().text(), "")), "accepted");
}

TEST(Bearer, MalformedTokenDoesNotWaitForKeys) {  // AC-308
    BearerStory s;
    s.ports.known_keys.reset();
    EXPECT_EQ(s.show(std::string("invalid_token")), "token_malformed");
    EXPECT_EQ(s.show(s.access()), "keys_unavailable");
}

TEST(Bearer, EveryByteOfTheTokenCounts) {  // AC-304
    BearerStory s;
    const std::string token = SigningKey::ours().token(s.access().text());
    ASSERT_EQ(s.show(token), "accepted");

    for (std::size_t i = 0; i < token.size(); i += 7) {
        std::string other = token;
        other[i] = other[i] == 'A' ? 'B' : 'A';
        EXPECT_NE(s.show(other), "accepted") << i;
        EXPECT_NE(s.show(token.substr(0, i)), "accepted") << i;
    }
    EXPECT_NE(s.show(token + "A"), "accepted");
}

TEST(Bearer, IssuerMustBeThatOfTheProvider) {  // AC-073, AC-074, AC-401
    BearerStory s;
    for (const std::string& iss :
         {json_string(
              "https://cognito-idp.us-west-1.amazonaws.com/us-west-1_xyz"),
          json_string(s.provider.issuer + "/"), json_string(""),
          std::string("null"), std::string("7"),
          "[" + json_string(s.provider.issuer) + "]"}) {
        EXPECT_EQ(s.show(s.access().set("iss", iss)), "iss_mismatch") << iss;
    }
    EXPECT_EQ(s.show(s.access().drop("iss")), "iss_mismatch");
    s.provider.issuers.push_back("https://alias.example");
    EXPECT_EQ(
        s.show(s.access().set("iss", json_string("https://alias.example"))),
        "accepted");
}

TEST(Bearer, ExpIsNeeded) {  // AC-080, AC-081
    BearerStory s;
    EXPECT_EQ(s.show(s.access().drop("exp")), "exp_missing");
    for (const char* exp : {"\"1999999999\"", "null", "true", "[]", "{}"}) {
        EXPECT_EQ(s.show(s.access().set("exp", exp)), "exp_missing") << exp;
    }
}

TEST(Bearer, TimesAreJudgedWithLeeway) {  // AC-083, AC-084
    BearerStory s;
    const auto with_exp = [&](int seconds) {
        return s.show(s.access().set("exp", number(s.now + Seconds{seconds})));
    };

    EXPECT_EQ(with_exp(-31), "token_expired");
    EXPECT_EQ(with_exp(-29), "accepted");
    EXPECT_EQ(with_exp(1), "accepted");
    EXPECT_EQ(s.show(s.access().set("nbf", number(s.now + Seconds{31}))),
              "token_not_yet_valid");
    EXPECT_EQ(s.show(s.access().set("nbf", number(s.now + Seconds{29}))),
              "accepted");
    EXPECT_NE(s.show(s.access().set("nbf", "\"soon\"")), "accepted");
}

TEST(Bearer, TokensWithCnfAreRefused) {  // AC-318, AC-319
    BearerStory s;
    for (const char* cnf :
         {R"({"jkt":"x"})", R"({"x5t#S256":"x"})", "{}", "null"}) {
        EXPECT_EQ(s.show(s.access().set("cnf", cnf)), "token_bound") << cnf;
    }
}

TEST(Bearer, VerdictIsCachedUntilTheTokenExpires) {
    BearerStory s;
    const std::string token = SigningKey::ours().token(s.access().text());
    s.show(token);
    EXPECT_FALSE(s.is_cached(token)) << "it may never come again";
    s.show(token);
    const auto again = s.identity;
    s.show(token);
    EXPECT_EQ(s.identity.get(), again.get()) << "one look-up";

    s.now += Seconds{3600 + 31};
    EXPECT_EQ(s.show(token), "token_expired");
}

TEST(Bearer, VerdictIsRenewedAfterAnHour) {
    BearerStory s;
    const std::string token = SigningKey::ours().token(
        s.access().set("exp", number(s.now + Seconds{100'000})).text());
    s.show(token);
    s.show(token);
    ASSERT_TRUE(s.is_cached(token));
    const auto before = s.identity;
    s.now += token::kMaxVerdictAge;
    s.show(token);
    EXPECT_NE(s.identity.get(), before.get());
}

TEST(Bearer, VerdictIsNotUsedAfterExp) {  // AC-312
    BearerStory s;
    const std::string late = SigningKey::ours().token(
        s.access().set("exp", number(s.now - Seconds{1})).text());
    EXPECT_EQ(s.show(late), "accepted") << "by leeway";
    EXPECT_FALSE(s.is_cached(late));
    EXPECT_TRUE(s.ports.verified.empty());

    const std::string soon = SigningKey::ours().token(
        s.access().set("exp", "1790000000.5").text());  // AC-310
    EXPECT_EQ(s.show(soon), "accepted");
    EXPECT_FALSE(s.is_cached(soon));
}

TEST(Bearer, RefusedTokensAreNotCached) {
    BearerStory s;
    const std::string token =
        SigningKey::ours().token(s.access().set("cnf", "{}").text());
    s.show(token);
    EXPECT_FALSE(s.is_cached(token));
    EXPECT_TRUE(s.ports.verified.empty());
}

TEST(Bearer, VerdictOfAnotherWorkerIsUsed) {
    BearerStory s;
    const std::string token = SigningKey::ours().token(s.access().text());
    s.show(token);
    ASSERT_EQ(s.ports.verified.size(), 1u);
    s.ports.forget_identities();
    // Keys that could not verify it: the verdict alone can have done it.
    s.ports.known_keys =
        World::key_set(R"({"keys":[)" + SigningKey::other().jwk() + "]}");

    EXPECT_EQ(s.show(token), "accepted");
    EXPECT_EQ(s.identity->user, "alice");
}

TEST(Bearer, VerdictIsBoundToTokenAndPolicy) {
    BearerStory s;
    const std::string token = SigningKey::ours().token(s.access().text());
    s.show(token);
    s.ports.forget_identities();

    const std::string forged = SigningKey::other().token(s.access().text());
    EXPECT_EQ(s.show(forged), "signature_invalid");
    s.ports.known_keys =
        World::key_set(R"({"keys":[)" + SigningKey::other().jwk() + "]}");
    s.provider.policy_id++;
    EXPECT_EQ(s.show(token), "signature_invalid");
}

TEST(Bearer, CachedVerdictIsCheckedAgainstTheClock) {
    BearerStory s;
    const std::string token = SigningKey::ours().token(s.access().text());
    s.show(token);
    s.ports.forget_identities();
    for (auto& [key, verdict] : s.ports.verified) {
        verdict.second = base::Instant::max();
    }
    s.now += Seconds{3631};
    EXPECT_EQ(s.show(token), "token_expired");
}

TEST(Bearer, VerdictEndsWithTheKeySet) {  // AC-150
    BearerStory s;
    const std::string token = SigningKey::ours().token(s.access().text());
    s.show(token);
    s.ports.known_keys =
        World::key_set(R"({"keys":[)" + SigningKey::other().jwk() + "]}");
    s.ports.keys_generation++;

    EXPECT_EQ(s.show(token), "signature_invalid")
        << "a removed key stops with its key set";
}

TEST(Bearer, UnknownKidOfAnotherIssuerIsAnIssMismatch) {  // AC-401
    BearerStory s;
    const char* header = R"({"kid":"elsewhere","alg":"RS256"})";
    EXPECT_EQ(s.show(SigningKey::ours().token(s.access().text(), header)),
              "unknown_kid");
    EXPECT_EQ(
        s.show(SigningKey::ours().token(
            s.access().set("iss", json_string("https://x.example")).text(),
            header)),
        "iss_mismatch")
        << "no reason to ask our provider";
}

TEST(CognitoBearer, TokenUseMustMatchTheKind) {  // AC-107, AC-399
    BearerStory s;
    EXPECT_EQ(s.show(s.id()), "token_use_mismatch");
    s.location.token = TokenKind::id;
    EXPECT_EQ(s.show(s.access()), "token_use_mismatch");
    EXPECT_EQ(s.show(s.id()), "accepted");
    s.location.token = TokenKind::any;
    EXPECT_EQ(s.show(s.access()), "accepted");
    EXPECT_EQ(s.show(s.id()), "accepted");
    for (const char* use :
         {"null", "\"\"", "\"ID\"", "\"refresh\"", "[\"access\"]", "7"}) {
        EXPECT_EQ(s.show(s.access().set("token_use", use)),
                  "token_use_mismatch")
            << use;
    }
    EXPECT_EQ(s.show(s.access().drop("token_use")), "token_use_mismatch");
}

TEST(CognitoBearer, ClientIdReplacesTheAudience) {  // AC-400
    BearerStory s;
    for (const char* client :
         {"\"client-2\"", "\"client-\"", "\"client-11\"", "\"CLIENT-1\"",
          "null", "7", "\"\"", "[\"client-1\"]"}) {
        EXPECT_EQ(s.show(s.access().set("client_id", client)),
                  "client_id_mismatch")
            << client;
    }
    EXPECT_EQ(s.show(s.access().drop("client_id")), "client_id_mismatch");
    EXPECT_EQ(
        s.show(s.access().drop("client_id").set("azp", json_string(kClient))),
        "client_id_mismatch")
        << "azp is not Cognito's";
}

TEST(CognitoBearer, OtherClientsAreAcceptedIfAllowed) {  // AC-400
    BearerStory s;
    const Payload other = s.access().set("client_id", json_string("client-2"));
    s.provider.allowed_clients = {"client-2"};
    EXPECT_EQ(s.show(other), "accepted");
    EXPECT_EQ(s.show(s.access()), "client_id_mismatch");
    s.provider.any_client = true;
    EXPECT_EQ(s.show(s.access()), "accepted");
    EXPECT_EQ(s.show(s.access().drop("client_id")), "client_id_mismatch");
}

TEST(CognitoBearer, NoConfiguredClientAcceptsNoToken) {  // AC-299
    BearerStory s;
    s.provider.client_id = "";
    s.provider.allowed_clients = {};
    s.provider.audience = {};
    EXPECT_EQ(s.show(s.access()), "client_id_mismatch");
    s.location.token = TokenKind::id;
    EXPECT_EQ(s.show(s.id()), "aud_mismatch");
    EXPECT_EQ(s.show(s.id().set("aud", "\"\"")), "aud_mismatch");
}

TEST(CognitoBearer, AudIsCheckedIfPresent) {  // AC-075
    BearerStory s;
    s.provider.audience = {"https://api.example"};
    EXPECT_EQ(s.show(s.access()), "accepted");
    EXPECT_EQ(s.show(s.access().set("aud", json_string("https://api.example"))),
              "accepted");
    for (const char* aud :
         {"\"https://other.example\"", "\"\"", "[]", "null", "{}", "[null]",
          "[[\"https://api.example\"]]", "\"https://api.example/\"", "7"}) {
        EXPECT_EQ(s.show(s.access().set("aud", aud)), "aud_mismatch") << aud;
    }
}

TEST(CognitoBearer,
     IdTokensMustHaveOurAudience) {  // AC-075, AC-076, AC-077, AC-078
    BearerStory s;
    s.location.token = TokenKind::id;
    EXPECT_EQ(s.show(s.id().set("aud", R"(["client-1"])")), "accepted");
    for (const char* aud : {"null", "\"\"", "[]", "[null]", "[[]]", "{}",
                            "\"client-2\"", "\"client-\"", "\"client-12\"",
                            "\"Client-1\"", R"(["client-1","client-2"])",
                            R"(["client-1",7])", "\"x client-1\""}) {
        EXPECT_EQ(s.show(s.id().set("aud", aud)), "aud_mismatch") << aud;
    }
    EXPECT_EQ(s.show(s.id().drop("aud")), "aud_mismatch");
    s.provider.audience = {"client-2"};
    EXPECT_EQ(s.show(s.id().set("aud", R"(["client-1","client-2"])")),
              "accepted")
        << "configured as trusted";
}

TEST(CognitoBearer, IdTokensRequireAnAllowedAzpAndAUser) {  // AC-079, AC-088
    BearerStory s;
    s.location.token = TokenKind::id;
    EXPECT_EQ(s.show(s.id().set("azp", json_string(kClient))), "accepted");
    for (const char* azp : {"\"client-2\"", "null", "7", "[\"client-1\"]"}) {
        EXPECT_EQ(s.show(s.id().set("azp", azp)), "azp_mismatch") << azp;
    }
    EXPECT_EQ(s.show(s.id().drop("sub")), "sub_invalid");
}

TEST(BearerRules, AreEnforcedAtEveryLocation) {  // AC-311
    BearerStory s;
    const std::string token = SigningKey::ours().token(
        s.access().set("aud", json_string("https://api.example")).text());
    s.provider.audience = {"https://api.example"};
    EXPECT_EQ(s.show(token), "accepted");

    s.location.audience = {"https://other.example"};
    EXPECT_EQ(s.show(token), "audience_not_met") << "known, and not enough";
    s.location.audience = {};
    s.location.token = TokenKind::id;
    EXPECT_EQ(s.show(token), "token_use_mismatch");
    s.location.token = TokenKind::access;
    EXPECT_EQ(s.show(token), "accepted");
}

TEST(BearerRules, LocationAudienceReplacesThatOfTheProvider) {
    BearerStory s = generic();
    s.location.audience = {"https://api.example"};
    EXPECT_EQ(s.show(s.access().set("aud", json_string("https://api.example"))),
              "accepted");
    EXPECT_EQ(s.show(s.access().set("aud", json_string(kClient))),
              "audience_not_met");
}

TEST(GenericBearer, AudienceOrClientMustMatch) {  // AC-299
    BearerStory s = generic();
    EXPECT_EQ(s.show(s.access()), "accepted") << "by client_id";
    EXPECT_EQ(
        s.show(s.access().drop("client_id").set("azp", json_string(kClient))),
        "accepted");
    EXPECT_EQ(s.show(s.access().set("aud", R"(["x","client-1"])")), "accepted");
    EXPECT_EQ(s.show(s.access().set("aud", json_string("x"))), "aud_mismatch");
    EXPECT_EQ(s.show(s.access().set("aud", "null")), "aud_mismatch");
    EXPECT_EQ(s.show(s.access().drop("client_id")), "token_use_mismatch")
        << "no client, no typ at+jwt";
    EXPECT_EQ(s.show(s.access().set("client_id", json_string("client-2"))),
              "client_id_mismatch");
    EXPECT_EQ(
        s.show(
            s.access().set("client_id", "7").set("azp", json_string(kClient))),
        "client_id_mismatch");
}

TEST(GenericBearer, IdTokensAreRefusedAsAccessTokens) {  // AC-107, AC-300
    BearerStory s = generic();
    EXPECT_EQ(s.show(s.id()), "token_use_mismatch") << "it has a nonce";
    for (const char* mark : {"nonce", "at_hash", "c_hash"}) {
        EXPECT_EQ(s.show(s.access().set(mark, json_string("x"))),
                  "token_use_mismatch")
            << mark;
    }
    EXPECT_EQ(s.show(s.access().set("typ", json_string("ID"))),
              "token_use_mismatch");
    s.location.token = TokenKind::any;
    EXPECT_EQ(s.show(s.id()), "accepted");
    EXPECT_EQ(s.show(s.access()), "accepted");
    EXPECT_EQ(s.show(s.id().set("aud", json_string("client-2"))),
              "aud_mismatch");
}

TEST(GenericBearer, AccessTokensAreRefusedAsIdTokens) {  // AC-107, AC-300
    BearerStory s = generic();
    s.location.token = TokenKind::id;
    EXPECT_EQ(s.show(s.id()), "accepted");
    EXPECT_EQ(s.show(s.access().set("aud", json_string(kClient))),
              "token_use_mismatch")
        << "it has a scope";
    EXPECT_EQ(s.show(s.id().set("scp", "[]")), "token_use_mismatch");
    EXPECT_EQ(s.show(s.id().set("typ", json_string("Bearer"))),
              "token_use_mismatch");
    EXPECT_EQ(s.show(SigningKey::ours().token(
                  s.id().text(),
                  R"({"kid":"kid/1+=","alg":"RS256","typ":"at+jwt"})")),
              "token_use_mismatch");
    EXPECT_EQ(
        s.show(SigningKey::ours().token(
            s.id().text(), R"({"kid":"kid/1+=","alg":"RS256","typ":"JWT"})")),
        "accepted");
}

TEST(GenericBearer, OtherTypsAreRefused) {  // AC-300
    BearerStory s = generic();
    EXPECT_EQ(s.show(SigningKey::ours().token(
                  s.access().text(),
                  R"({"kid":"kid/1+=","alg":"RS256","typ":"at+jwt"})")),
              "accepted");
    EXPECT_EQ(s.show(SigningKey::ours().token(
                  s.access().text(),
                  R"({"kid":"kid/1+=","alg":"RS256","typ":"logout+jwt"})")),
              "typ_not_allowed");
}

}  // namespace
}  // namespace oidc::test
