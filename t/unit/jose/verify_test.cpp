// SPDX-License-Identifier: Apache-2.0
// Verifying: what tables of tokens cannot show.
#include "jose/verify.hpp"

#include <openssl/err.h>

#include "crypto/hmac.hpp"
#include "jose/vectors.hpp"

namespace jose {
namespace {

using base::Errc;
using base::instant;
using base::json::Value;

// The token of the case of this name, with the keys it verifies with.
class Verifying : public testing::Test {
protected:
    std::string token(std::string_view name) const {
        const Value cases = tokens_.root().member("cases");
        for (std::size_t i = 0; i < cases.size(); i++) {
            if (cases.at(i).member("name").string() == name) {
                return std::string(*cases.at(i).member("token").string());
            }
        }
        ADD_FAILURE() << name;
        return {};
    }

    base::json::Document tokens_ = read_vectors("tokens.json");
    KeySet keys_ =
        *KeySet::parse(tokens_.root().member("jwks").member("main").text());
    VerifyRule rule_{.algs = AlgSet::asymmetric()};
};

TEST_F(Verifying, ReturnsTheClaims) {
    auto result = verify(token("a good token"), keys_, rule_);

    ASSERT_TRUE(result);
    EXPECT_EQ(result->alg(), Alg::RS256);
    EXPECT_EQ(result->claims().string("iss"), "https://idp.example");
    const Claims claims = std::move(*result).take_claims();
    EXPECT_EQ(claims.string("sub"), "user");
}

// What is known of a header is of these bytes, and no shortcut past a rule.
TEST_F(Verifying, CachedHeaderIsStillChecked) {
    const std::string good = token("a good token");
    const std::string header = good.substr(0, good.find('.'));
    std::string forged = good;
    forged.back() = forged.back() == 'A' ? 'Q' : 'A';

    EXPECT_FALSE(verify(forged, keys_, rule_));
    EXPECT_EQ(keys_.known_header(header), nullptr) << "nothing was proven";
    ASSERT_TRUE(verify(good, keys_, rule_));
    ASSERT_NE(keys_.known_header(header), nullptr);
    EXPECT_EQ(keys_.known_header(header)->alg, Alg::RS256);
    EXPECT_EQ(keys_.known_header(header + "A"), nullptr);
    EXPECT_EQ(keys_.known_header(""), nullptr);

    EXPECT_FALSE(verify(forged, keys_, rule_));
    rule_.algs = AlgSet().add(Alg::ES256);
    EXPECT_EQ(verify(good, keys_, rule_).error().code, Errc::alg_not_allowed);
}

// AC-038: a token has no bit that does not matter.
TEST_F(Verifying, RefusesEveryFlippedBit) {
    for (const auto* name : {"a good token", "ES256", "Ed25519"}) {
        const std::string good = token(name);
        ASSERT_TRUE(verify(good, keys_, rule_));

        for (std::size_t bit = 0; bit < 8 * good.size(); bit++) {
            std::string flipped = good;
            flipped[bit / 8] =
                static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
            ASSERT_FALSE(verify(flipped, keys_, rule_)) << name << " " << bit;
        }
    }
}

TEST_F(Verifying, RefusesEveryTruncatedToken) {
    const std::string good = token("ES256");

    for (std::size_t i = 0; i < good.size(); i++) {
        EXPECT_FALSE(verify(good.substr(0, i), keys_, rule_)) << i;
        EXPECT_FALSE(verify(good.substr(i + 1), keys_, rule_)) << i;
    }
    EXPECT_FALSE(verify(good + good, keys_, rule_));
    EXPECT_FALSE(verify(good + "A", keys_, rule_));
    EXPECT_FALSE(verify(good + "AAAA", keys_, rule_));
}

// AC-003: each token is judged on its own.
TEST_F(Verifying, KeepsNothingOfThePreviousToken) {
    const std::string good = token("a good token");
    const std::string none = token("'none' and a signature");
    const std::string forged = token("RS256: of another key");

    for (int i = 0; i < 100; i++) {
        EXPECT_EQ(verdict(verify(none, keys_, rule_)), "alg_not_allowed");
        EXPECT_EQ(verdict(verify(forged, keys_, rule_)), "signature_invalid");
        EXPECT_EQ(verdict(verify(good, keys_, rule_)), "verified");
    }
}

// AC-001: also when no list is configured.
TEST_F(Verifying, AllowsNothingByAnEmptyList) {
    const Value cases = tokens_.root().member("cases");
    rule_.algs = AlgSet();

    for (std::size_t i = 0; i < cases.size(); i++) {
        EXPECT_FALSE(
            verify(*cases.at(i).member("token").string(), keys_, rule_));
    }
}

TEST_F(Verifying, AllowsNothingByAnEmptyKeySet) {
    const Value cases = tokens_.root().member("cases");
    const KeySet none;

    for (std::size_t i = 0; i < cases.size(); i++) {
        EXPECT_FALSE(
            verify(*cases.at(i).member("token").string(), none, rule_));
    }
    EXPECT_EQ(verdict(verify(token("a good token"), none, rule_)),
              "unknown_kid");
}

// AC-071.
TEST_F(Verifying, LeavesNoErrorInTheQueue) {
    for (const auto* name :
         {"RS256: of another key", "PS256: no salt", "ES256: r=s=0",
          "ES256: DER", "Ed25519: S+L", "RS256: 0"}) {
        EXPECT_FALSE(verify(token(name), keys_, rule_)) << name;
        EXPECT_EQ(ERR_peek_error(), 0) << name;
    }
    ERR_raise(ERR_LIB_USER, 1);
    EXPECT_TRUE(verify(token("a good token"), keys_, rule_));
    EXPECT_EQ(ERR_peek_error(), 0);
}

// AC-066.
TEST(VerifyLimits, LimitThePayloadToTheByte) {
    const std::string key(32, 'k');
    const KeySet none;
    VerifyRule rule{.algs = AlgSet().add(Alg::HS256), .hmac_key = key};

    for (std::size_t fill = 0; fill < 4; fill++) {
        const std::string payload =
            R"({"x":")" + std::string(fill, 'x') + "\"}";
        const std::string input = base::base64url_encode(R"({"alg":"HS256"})") +
                                  "." + base::base64url_encode(payload);
        const std::string token = input + "." +
                                  base::base64url_encode(*crypto::hmac(
                                      crypto::Hash::sha256, key, input));

        rule.limits.payload_bytes = payload.size();
        EXPECT_EQ(verdict(verify(token, none, rule)), "verified");
        rule.limits.payload_bytes = payload.size() - 1;
        EXPECT_EQ(verdict(verify(token, none, rule)), "payload_malformed");
    }
}

// Tokens that real pools issued for client credentials: no aud, no nbf, no
// typ, escaped slashes in kid, iss and scope.
class CognitoTokens : public Verifying {
protected:
    base::json::Document real_ = read_vectors("cognito.json");
};

TEST_F(CognitoTokens, RecordedTokensAreRefusedForTheirUnknownKeyAlone) {
    const Value cases = real_.root().member("cases");

    ASSERT_EQ(cases.size(), 2);
    for (std::size_t i = 0; i < cases.size(); i++) {
        const auto text = cases.at(i).member("token").string();
        EXPECT_EQ(verdict(verify(*text, keys_, rule_)), "unknown_kid");
    }
}

TEST_F(CognitoTokens, RecordedTokensAreParsedAndRefusedAsExpired) {
    const char* kids[] = {"cqdcdvHHFqKeqEGbrwBU8ZFi2PhYW+aHKnOJjIRs/2c=",
                          "h8hrkzCVLxcVTirN6fJgamn1RpkJ50lAUvp4st13nBc="};
    const char* issuers[] = {
        "https://cognito-idp.us-west-1.amazonaws.com/us-west-1_bhgiJlkQu",
        "https://cognito-idp.ap-northeast-3.amazonaws.com/"
        "ap-northeast-3_mSfuhPzhm"};
    const char* scopes[] = {"kongresource/scope1",
                            "default-m2m-resource-server-hlyky3/read"};
    const std::int64_t issued[] = {1693576418, 1733384144};

    for (std::size_t i = 0; i < 2; i++) {
        const std::string text(
            *real_.root().member("cases").at(i).member("token").string());
        const auto jws = parse_jws(text);
        ASSERT_TRUE(jws) << jws.error().why;
        EXPECT_EQ(jws->alg, Alg::RS256);
        EXPECT_EQ(jws->kid, kids[i]);
        EXPECT_FALSE(jws->typ);
        EXPECT_EQ(jws->signature.size(), 256);

        const auto claims =
            Claims::parse(*base::base64url_decode(jws->payload));
        ASSERT_TRUE(claims);
        EXPECT_TRUE(check_issuer(*claims, {issuers[i]}));
        EXPECT_EQ(claims->string("token_use"), "access");
        EXPECT_EQ(claims->string("scope"), scopes[i]);
        EXPECT_EQ(claims->string("client_id"), claims->string("sub"));
        EXPECT_FALSE(claims->get("aud").present());

        const TimeRule rule{.iat_required = true};
        EXPECT_TRUE(check_times(*claims, instant(issued[i]), rule));
        const auto late = check_times(*claims, instant(issued[i] + 3630), rule);
        ASSERT_FALSE(late);
        EXPECT_EQ(late.error().code, Errc::token_expired);
    }
}

}  // namespace
}  // namespace jose
