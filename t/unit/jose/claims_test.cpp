// SPDX-License-Identifier: Apache-2.0
// Claims: what is read of them, and how times and issuers are judged.
#include "jose/claims.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace jose {
namespace {

using namespace std::literals;
using base::Errc;
using base::instant;
using base::Seconds;

constexpr std::int64_t kNow = 1'700'000'000;

Claims claims(std::string text) {
    auto parsed = Claims::parse(std::move(text));
    EXPECT_TRUE(parsed);
    return std::move(*parsed);
}

// What check_times says of these members beside a good exp; null for yes.
std::optional<Errc> judge(const std::string& members, TimeRule rule = {},
                          bool with_exp = true) {
    const auto c = Claims::parse("{" + members +
                                 (with_exp ? R"(,"exp":1700003600})" : "}"));
    if (!c) {
        return c.error().code;
    }
    const auto status = check_times(*c, instant(kNow), rule);
    return status ? std::nullopt : std::optional(status.error().code);
}

std::optional<Errc> judge_exp(const std::string& exp, TimeRule rule = {}) {
    return judge("\"exp\":" + exp, rule, false);
}

std::string seconds(std::int64_t offset) {
    return std::to_string(kNow + offset);
}

TEST(Claims, AreReadFromThePayload) {
    const Claims c = claims(
        R"({"sub":"user","empty":"","n":5,"aud":["a","b"],"cognito:groups":)"
        R"(["x"],"exp":1700000000.9})");

    EXPECT_EQ(c.string("sub"), "user");
    EXPECT_FALSE(c.string("empty"));
    EXPECT_FALSE(c.string("n"));
    EXPECT_FALSE(c.string("missing"));
    EXPECT_EQ(c.time("exp"), instant(kNow));
    EXPECT_FALSE(c.time("sub"));
    EXPECT_FALSE(c.time("missing"));
    EXPECT_TRUE(c.holds("cognito:groups", "x"));
    EXPECT_TRUE(c.text().starts_with("{\"sub\""));
}

TEST(Claims, StayValidWhenMoved) {
    Claims first = claims(R"({"sub":"user"})");
    const Claims second(std::move(first));

    EXPECT_EQ(second.string("sub"), "user");
    EXPECT_EQ(second.text(), R"({"sub":"user"})");
}

// AC-106, AC-059, AC-062.
TEST(Claims, RefuseAnythingButOneStrictObject) {
    for (const auto* text :
         {"", "[]", "\"x\"", "null", "1", "{}{}", R"({"exp":1,"exp":2})",
          R"({"a":[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]})", "{\"a\":\"\xff\"}"}) {
        const auto parsed = Claims::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::payload_malformed);
    }
}

// AC-075, AC-076, AC-078.
TEST(Claims, HoldAStringOrAnArrayWithIt) {
    for (const auto* aud : {R"("client")", R"(["client"])", R"(["x","client"])",
                            R"([1,"client"])"}) {
        EXPECT_TRUE(claims(R"({"aud":)" + std::string(aud) + "}")
                        .holds("aud", "client"))
            << aud;
    }
    for (const auto* aud :
         {"null", R"("")", "[]", "[null]", R"([["client"]])", "{}",
          R"({"client":1})", R"("Client")", R"("client ")", R"("clien")",
          R"("xclient")", R"("client\u0000")", R"("a client b")",
          R"("a,client")", R"(["clientx"])", "1", "true"}) {
        EXPECT_FALSE(claims(R"({"aud":)" + std::string(aud) + "}")
                         .holds("aud", "client"))
            << aud;
    }
    EXPECT_FALSE(claims("{}").holds("aud", "client"));
    EXPECT_FALSE(claims("{}").holds("aud", ""));
}

// AC-065.
TEST(Claims, AreComparedWithTheirWholeLength) {
    const Claims c = claims(R"({"sub":"a\u0000b"})");

    EXPECT_EQ(c.string("sub"), "a\0b"sv);
    EXPECT_FALSE(c.holds("sub", "a"));
}

// AC-080, AC-081.
TEST(Times, RequireExp) {
    EXPECT_EQ(judge(R"("sub":"x")", {}, false), Errc::exp_missing);
    for (const auto* exp : {"\"1999999999\"", "null", "true", "[]", "{}",
                            "[1999999999]", "\"\""}) {
        EXPECT_EQ(judge_exp(exp), Errc::exp_missing) << exp;
    }
}

// AC-082: too large for 64 bits is no usable time, and no JSON number at all
// beyond what a double holds.
TEST(Times, SurviveExtremes) {
    for (const auto* exp : {"1e300", "-1e300", "9223372036854775808.0"}) {
        EXPECT_EQ(judge_exp(exp), Errc::exp_missing) << exp;
    }
    for (const auto* exp : {"1e400", "9223372036854775808", "1e"}) {
        EXPECT_EQ(judge_exp(exp), Errc::payload_malformed) << exp;
    }
    for (const auto* exp :
         {"-1", "0", "-9223372036854775808", "0.5", "-1e18"}) {
        EXPECT_EQ(judge_exp(exp), Errc::token_expired) << exp;
    }
    for (const auto* exp : {"9223372036854775807", "253402300800", "9e18"}) {
        EXPECT_EQ(judge_exp(exp), std::nullopt) << exp;
    }
    EXPECT_EQ(judge(R"("nbf":-9223372036854775808)"), std::nullopt);
    EXPECT_EQ(judge(R"("nbf":9223372036854775807)"), Errc::token_not_yet_valid);
}

// AC-083: dead on the second that exp plus the leeway names.
TEST(Times, EndAtExpPlusLeeway) {
    const TimeRule rule{.leeway = Seconds(30)};

    EXPECT_EQ(judge_exp(seconds(-31), rule), Errc::token_expired);
    EXPECT_EQ(judge_exp(seconds(-30), rule), Errc::token_expired);
    EXPECT_EQ(judge_exp(seconds(-29), rule), std::nullopt);
    EXPECT_EQ(judge_exp(seconds(0), rule), std::nullopt);
    EXPECT_EQ(judge_exp(seconds(1), rule), std::nullopt);
    EXPECT_EQ(judge_exp(seconds(0), {.leeway = Seconds(0)}),
              Errc::token_expired);
    EXPECT_EQ(judge_exp(seconds(1), {.leeway = Seconds(0)}), std::nullopt);
}

// AC-084.
TEST(Times, BeginAtNbfMinusLeeway) {
    EXPECT_EQ(judge("\"nbf\":" + seconds(30)), std::nullopt);
    EXPECT_EQ(judge("\"nbf\":" + seconds(31)), Errc::token_not_yet_valid);
    for (const auto* nbf : {"\"1\"", "null", "true", "[]", "{}", "1e300"}) {
        EXPECT_EQ(judge("\"nbf\":" + std::string(nbf)),
                  Errc::token_not_yet_valid)
            << nbf;
    }
}

// AC-085, AC-086.
TEST(Times, CheckIatIfPresentOrRequired) {
    const TimeRule due{.iat_required = true};

    EXPECT_EQ(judge(R"("x":1)"), std::nullopt);
    EXPECT_EQ(judge(R"("x":1)", due), Errc::iat_invalid);
    for (const auto& rule : {TimeRule{}, due}) {
        EXPECT_EQ(judge("\"iat\":" + seconds(0), rule), std::nullopt);
        EXPECT_EQ(judge("\"iat\":" + seconds(30), rule), std::nullopt);
        EXPECT_EQ(judge("\"iat\":" + seconds(31), rule), Errc::iat_invalid);
        for (const auto* iat :
             {"\"1\"", "null", "false", "[]", "{}", "1e300"}) {
            EXPECT_EQ(judge("\"iat\":" + std::string(iat), rule),
                      Errc::iat_invalid)
                << iat;
        }
    }
}

// AC-073, AC-074, AC-065.
TEST(Issuer, IsComparedByteForByte) {
    const std::vector<std::string> accepted = {"https://idp.example",
                                               "https://idp.example/pool"};
    const auto ok = [&](const std::string& iss) {
        return bool(check_issuer(claims("{\"iss\":" + iss + "}"), accepted));
    };

    EXPECT_TRUE(ok(R"("https://idp.example")"));
    EXPECT_TRUE(ok(R"("https:\/\/idp.example\/pool")"));
    for (const auto* iss :
         {R"("https://idp.example/")", R"("https://IDP.example")",
          R"("http://idp.example")", R"("https://idp.example:443")",
          R"("https://idp.example?x")", R"("https://%69dp.example")",
          R"("https://idp.example\u0000")", R"("https://\u0456dp.example")",
          R"("https://idp.example\u0000evil")", R"("HTTPS://idp.example")",
          R"("https://idp.example.")", R"(" https://idp.example")", R"("")",
          R"(["https://idp.example"])", "null", "1", "{}", "true"}) {
        EXPECT_FALSE(ok(iss)) << iss;
    }
    const auto missing = check_issuer(claims("{}"), accepted);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::iss_mismatch);
}

TEST(Issuer, IsNeverAcceptedByAnEmptyList) {
    EXPECT_FALSE(check_issuer(claims(R"({"iss":"x"})"), {}));
    EXPECT_FALSE(check_issuer(claims(R"({"iss":""})"), {""}));
    EXPECT_FALSE(check_issuer(claims("{}"), {""}));
}

}  // namespace
}  // namespace jose
