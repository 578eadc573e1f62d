// SPDX-License-Identifier: Apache-2.0
#include "oidc/token/id_token.hpp"

#include "oidc/login_story.hpp"

namespace oidc::test {
namespace {

constexpr const char* kNonce = "n0nce-of-this-login";

const jose::KeySet& keys() {
    static const jose::KeySet set = World::key_set(SigningKey::ours().jwks());
    return set;
}

std::string judge(const std::string& token, const Provider& p,
                  base::Instant now = kNow,
                  std::string_view access_token = kAccessToken) {
    auto claims =
        token::verify_id_token(token, keys(), p, {kNonce, access_token}, now);
    return claims ? "ok" : std::string(base::word(claims.error().code));
}
std::string judge(const Payload& claims, const Provider& p = generic_provider(),
                  base::Instant now = kNow) {
    return judge(SigningKey::ours().token(claims.text()), p, now);
}
Payload good(const Provider& p = generic_provider()) {
    return good_claims(p, kNonce);
}

// One claim, many values, one verdict.
void expect(const char* word, std::string_view claim,
            std::initializer_list<const char*> values) {
    for (const char* value : values) {
        EXPECT_EQ(judge(good().set(std::string(claim), value)), word)
            << claim << " = " << value;
    }
}

TEST(IdToken, ValidTokenIsAccepted) {
    EXPECT_EQ(judge(good()), "ok");
    const Provider cognito = cognito_provider();
    EXPECT_EQ(judge(good(cognito), cognito), "ok");
}

// AC-073, AC-401
TEST(IdToken, IssMustBeThere) {
    EXPECT_EQ(judge(good().drop("iss")), "iss_mismatch");
    expect("iss_mismatch", "iss",
           {"null", "7", "[\"https://idp.example\"]", "{}", "\"\"", "true"});
}

// AC-074
TEST(IdToken, IssIsComparedByteForByte) {
    expect("iss_mismatch", "iss",
           {R"("https://idp.example/")", R"("https://IDP.example")",
            R"("http://idp.example")", R"("https://idp.example:443")",
            R"("https://idp.example?x")", R"("https://idp.ex%61mple")",
            R"("https://idp.example\u0000")", R"("https://idp.exampl")",
            R"("https://idp.examp1e")", R"("https://\u0456dp.example")"});
}

// Q17: escaped slashes are slashes. AC-404: an alias counts if configured.
TEST(IdToken, IssIsComparedDecoded) {
    expect("ok", "iss", {R"("https:\/\/idp.example")"});
    Provider p = generic_provider();
    p.issuers.push_back("https://alias.example");
    const std::string alias = json_string("https://alias.example");
    EXPECT_EQ(judge(good().set("iss", alias), p), "ok");
    EXPECT_EQ(judge(good().set("iss", alias)), "iss_mismatch");
}

// AC-075
TEST(IdToken, AudMustBeThere) {
    EXPECT_EQ(judge(good().drop("aud")), "aud_mismatch");
    expect("aud_mismatch", "aud",
           {"null", R"("")", "[]", "[null]", "[[]]", "{}", "7", "true",
            R"({"client-1":1})", R"([["client-1"]])", R"(["client-1",null])"});
}

// AC-076
TEST(IdToken, SimilarAudIsRefused) {
    expect("aud_mismatch", "aud",
           {R"("client-2")", R"("client-")", R"("client-11")", R"("Client-1")",
            R"("x client-1 y")", R"("client-1,client-2")",
            R"("client-1\u0000")", R"(["client-2"])"});
}

// AC-077
TEST(IdToken, AdditionalAudienceMustBeTrusted) {
    const char* two = R"(["client-1","other"])";
    EXPECT_EQ(judge(good().set("aud", two)), "aud_mismatch");
    EXPECT_EQ(judge(good().set("aud", two).set("azp", json_string(kClient))),
              "aud_mismatch");
    Provider p = generic_provider();
    p.id_token_audience.push_back("other");
    EXPECT_EQ(judge(good().set("aud", two), p), "ok");
    EXPECT_EQ(judge(good().set("aud", R"(["other"])"), p), "aud_mismatch");
    EXPECT_EQ(judge(good().set("aud", R"("other")"), p), "aud_mismatch");
}

// AC-078
TEST(IdToken, AudMayBeAnArray) {
    expect("ok", "aud", {R"(["client-1"])", R"(["client-1","client-1"])"});
}

// AC-079
TEST(IdToken, AzpIsCheckedIfPresent) {
    expect("ok", "azp", {R"("client-1")"});
    expect("ok", "azp", {"null"});  // AC-440: as good as absent
    expect("azp_mismatch", "azp",
           {R"("client-2")", R"("")", "7", R"(["client-1"])", "{}"});
}

// AC-080, AC-081
TEST(IdToken, ExpMustBeThere) {
    EXPECT_EQ(judge(good().drop("exp")), "exp_missing");
    expect("exp_missing", "exp",
           {R"("1999999999")", "null", "true", "[]", "{}"});
}

// AC-082
TEST(IdToken, ExpExtremes) {
    expect("token_expired", "exp",
           {"-1", "0", "0.5", "-9223372036854775808", "1"});
    expect("ok", "exp", {"253402300800", "9223372036854775807"});
    // Beyond 64 bits: clamped or refused, never wrapped into the past or
    // taken for anything else.
    for (const char* huge : {"1e300", "9223372036854775808", "1e400"}) {
        const std::string word = judge(good().set("exp", huge));
        EXPECT_TRUE(word == "ok" || word == "exp_missing" ||
                    word == "payload_malformed")
            << huge << word;
    }
}

// AC-083
TEST(IdToken, ExpBoundary) {
    const base::Seconds skew = generic_provider().leeway;
    const auto at = [](base::Instant exp) {
        return judge(good().set("exp", number(exp)));
    };
    EXPECT_EQ(at(kNow - skew - base::Seconds(1)), "token_expired");
    EXPECT_EQ(at(kNow - skew), "token_expired");
    EXPECT_EQ(at(kNow - skew + base::Seconds(1)), "ok");
    EXPECT_EQ(at(kNow), "ok");
    EXPECT_EQ(at(kNow + base::Seconds(1)), "ok");
}

// AC-084
TEST(IdToken, NbfIsEnforced) {
    const base::Seconds skew = generic_provider().leeway;
    EXPECT_EQ(judge(good().set("nbf", number(kNow + skew))), "ok");
    EXPECT_NE(judge(good().set("nbf", number(kNow + skew + base::Seconds(1)))),
              "ok");
    for (const char* value : {R"("0")", "null", "[]", "true"}) {
        EXPECT_NE(judge(good().set("nbf", value)), "ok") << value;
    }
}

// AC-085
TEST(IdToken, IatMustBeThere) {
    EXPECT_EQ(judge(good().drop("iat")), "iat_invalid");
    expect("iat_invalid", "iat", {R"("1790000000")", "null", "true", "[]"});
}

// AC-086, AC-087, Q20
TEST(IdToken, IatMustNotPrecedeTheLogin) {
    const Provider p = generic_provider();
    const base::Seconds slack = token::kIatSlack + p.leeway;
    const auto at = [](base::Instant iat) {
        return judge(good().set("iat", number(iat)));
    };
    EXPECT_EQ(at(kNow + base::Seconds(1)), "ok");
    EXPECT_EQ(at(kNow + p.leeway), "ok");
    EXPECT_NE(at(kNow + p.leeway + base::Seconds(1)), "ok");
    EXPECT_EQ(at(kNow - slack), "ok");
    EXPECT_EQ(at(kNow - slack - base::Seconds(1)), "iat_invalid");
    expect("iat_invalid", "iat", {"0", "-1", "-9223372036854775808"});
}

// AC-088
TEST(IdToken, SubIsAShortAsciiString) {
    EXPECT_EQ(judge(good().drop("sub")), "sub_invalid");
    expect("sub_invalid", "sub",
           {"null", R"("")", "7", R"(["user-1"])", "{}", R"("a\u0000b")",
            R"("\u00e9")", R"("a\nb")"});
    const auto of = [](std::size_t size) {
        return judge(good().set("sub", json_string(std::string(size, 'a'))));
    };
    EXPECT_EQ(of(token::kMaxSubBytes), "ok");
    EXPECT_EQ(of(token::kMaxSubBytes + 1), "sub_invalid");
    EXPECT_EQ(of(10240), "sub_invalid");
}

// AC-089, Q16, AC-407
TEST(IdToken, NonceMustBeThatOfTheLogin) {
    EXPECT_EQ(judge(good().drop("nonce")), "nonce_mismatch");
    expect("nonce_mismatch", "nonce",
           {R"("other")", R"("")", R"("n0nce-of-this-logi")",
            R"("n0nce-of-this-login ")", R"("n0nce-of-this-login\u0000")", "7",
            "null", R"(["n0nce-of-this-login"])"});
    const std::string twice =
        good().text().insert(1, R"("nonce":"n0nce-of-this-login",)");
    EXPECT_EQ(judge(SigningKey::ours().token(twice), generic_provider()),
              "payload_malformed");
}

TEST(IdToken, LoginWithoutANonceIsRefused) {
    const std::string token =
        SigningKey::ours().token(good().set("nonce", R"("")").text());
    EXPECT_FALSE(token::verify_id_token(token, keys(), generic_provider(),
                                        {"", kAccessToken}, kNow));
}

std::string left_half(crypto::Hash hash, std::string_view text) {
    auto digest = crypto::digest(hash, text);
    return base::base64url_encode(digest.substr(0, digest.size() / 2));
}

// AC-091
TEST(IdToken, AtHashIsCheckedIfPresent) {
    const std::string right = left_half(crypto::Hash::sha256, kAccessToken);
    EXPECT_EQ(judge(good().set("at_hash", json_string(right))), "ok");
    auto whole = crypto::digest(crypto::Hash::sha256, kAccessToken);
    const std::string wrong[] = {
        left_half(crypto::Hash::sha512, kAccessToken),
        left_half(crypto::Hash::sha256, "another token"),
        base::base64url_encode(whole.substr(16)),
        base::base64url_encode(whole),
        right.substr(1),
        right + "=",
        ""};
    for (const std::string& value : wrong) {
        EXPECT_EQ(judge(good().set("at_hash", json_string(value))),
                  "at_hash_mismatch")
            << value;
    }
    expect("ok", "at_hash", {"null"});  // AC-440
    expect("at_hash_mismatch", "at_hash", {"7", "[]"});
}

// AC-399, AC-107, Q2: of Cognito's two kinds, the right one.
TEST(IdToken, TokenUseIsId) {
    const Provider p = cognito_provider();
    EXPECT_EQ(judge(good(p).drop("token_use"), p), "token_use_mismatch");
    for (const char* value :
         {R"("access")", R"("ID")", R"("")", "null", R"(["id"])"}) {
        EXPECT_EQ(judge(good(p).set("token_use", value), p),
                  "token_use_mismatch")
            << value;
    }
    expect("ok", "token_use", {R"("access")"});  // means nothing elsewhere
}

// AC-107: elsewhere, an access token lacks the nonce, or says what it is.
TEST(IdToken, AccessTokenIsRefused) {
    EXPECT_NE(judge(SigningKey::ours().token(
                        good().text(), R"({"kid":"kid\/1+=","alg":"RS256",)"
                                       R"("typ":"at+jwt"})"),
                    generic_provider()),
              "ok");
}

// AC-106
TEST(IdToken, ThePayloadIsAnObject) {
    const Provider p = generic_provider();
    for (const char* payload : {"[]", R"("x")", "null", "1", "{}{}"}) {
        EXPECT_EQ(judge(SigningKey::ours().token(payload), p),
                  "payload_malformed")
            << payload;
    }
    EXPECT_EQ(judge(SigningKey::ours().token(""), p), "token_malformed");
}

// OIDF -idtoken-sig-none, -invalid-sig-rs256, -invalid-sig-hs256
TEST(IdToken, SignatureMustBeThatOfTheProvider) {
    const Provider p = generic_provider();
    const std::string payload = good().text();
    EXPECT_EQ(judge(SigningKey::other().token(payload), p),
              "signature_invalid");
    EXPECT_NE(judge(SigningKey::unsigned_token(payload), p), "ok");
    EXPECT_EQ(judge(SigningKey::hs256(payload, p.client_secret.reveal()), p),
              "alg_not_allowed");
    EXPECT_EQ(judge(SigningKey::ours().token(payload,
                                             R"({"alg":"RS256","kid":"gone"})"),
                    p),
              "unknown_kid");
    EXPECT_NE(judge("", p), "ok");
    EXPECT_NE(judge("a.b.c", p), "ok");
}

TEST(IdToken, SharedSecretVerifiesOnlyIfHmacIsEnabled) {
    Provider p = generic_provider();
    p.algs.add(jose::Alg::HS256);
    const std::string payload = good().text();
    EXPECT_EQ(judge(SigningKey::hs256(payload, p.client_secret.reveal()), p),
              "ok");
    EXPECT_EQ(judge(SigningKey::hs256(payload,
                                      "another secret of 32 bytes, "
                                      "or a little more"),
                    p),
              "signature_invalid");
}

// OIDF -kid-absent-single-jwks
TEST(IdToken, AKidMayBeAbsent) {
    EXPECT_EQ(
        judge(SigningKey::ours().token(good().text(), R"({"alg":"RS256"})"),
              generic_provider()),
        "ok");
}

}  // namespace
}  // namespace oidc::test
