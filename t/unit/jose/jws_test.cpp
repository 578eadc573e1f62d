// SPDX-License-Identifier: Apache-2.0
// Taking a token apart: limits first, then characters, dots and the header.
#include "jose/jws.hpp"

#include "jose/vectors.hpp"

namespace jose {
namespace {

using base::base64url_encode;
using base::Errc;

std::string token(std::string_view header, std::string_view payload = "{}") {
    return base64url_encode(header) + "." + base64url_encode(payload) + ".c2ln";
}

std::optional<Errc> refusal(std::string_view text, const Limits& limits = {}) {
    const auto jws = parse_jws(text, limits);
    return jws ? std::nullopt : std::optional(jws.error().code);
}

TEST(Jws, IsParsedIntoItsParts) {
    const std::string text =
        token(R"({"alg":"RS256","kid":"a\/b=","typ":"JWT"})");
    const auto jws = parse_jws(text);

    ASSERT_TRUE(jws);
    EXPECT_EQ(jws->alg, Alg::RS256);
    EXPECT_EQ(jws->kid, "a/b=");
    EXPECT_EQ(jws->typ, "JWT");
    EXPECT_EQ(jws->signing_input, text.substr(0, text.rfind('.')));
    EXPECT_EQ(jws->payload, base64url_encode("{}"));
    EXPECT_EQ(jws->signature, "sig");
}

TEST(Jws, LeavesAbsentMembersAbsent) {
    const std::string text = token(R"({"alg":"ES256"})");
    const auto jws = parse_jws(text);

    ASSERT_TRUE(jws);
    EXPECT_FALSE(jws->kid);
    EXPECT_FALSE(jws->typ);
}

// AC-040.
TEST(Jws, RefusesAMillionDotsAsTooLarge) {
    EXPECT_EQ(refusal(std::string(1'000'000, '.')), Errc::token_too_large);
    EXPECT_EQ(refusal(std::string(32 * 1024, '.')), Errc::token_malformed);
}

// AC-066.
TEST(Jws, LimitsTheTokenToTheByte) {
    const std::string text = token(R"({"alg":"RS256"})");

    EXPECT_EQ(refusal(text, {.token_bytes = text.size()}), std::nullopt);
    EXPECT_EQ(refusal(text, {.token_bytes = text.size() - 1}),
              Errc::token_too_large);
    for (const std::size_t size : {32 * 1024 + 1, 64 * 1024, 1 << 20}) {
        EXPECT_EQ(refusal(std::string(size, 'A')), Errc::token_too_large);
    }
}

// AC-066.
TEST(Jws, LimitsTheHeaderToTheByte) {
    for (std::size_t fill = 0; fill < 4; fill++) {
        const std::string header =
            R"({"alg":"RS256","x":")" + std::string(fill, 'x') + "\"}";
        EXPECT_EQ(refusal(token(header), {.header_bytes = header.size()}),
                  std::nullopt);
        EXPECT_EQ(refusal(token(header), {.header_bytes = header.size() - 1}),
                  Errc::header_malformed);
    }
    const std::string header =
        R"({"alg":"RS256","x":")" + std::string(4096, 'x') + "\"}";
    EXPECT_EQ(refusal(token(header)), Errc::header_malformed);
}

// AC-018.
TEST(Jws, LimitsTheKid) {
    const auto with_kid = [](std::size_t size) {
        return token(R"({"alg":"RS256","kid":")" + std::string(size, 'k') +
                     "\"}");
    };

    EXPECT_EQ(refusal(with_kid(1024)), std::nullopt);
    EXPECT_EQ(refusal(with_kid(1025)), Errc::header_malformed);
    EXPECT_EQ(refusal(with_kid(0)), Errc::header_malformed);
    EXPECT_EQ(refusal(with_kid(65536)), Errc::token_too_large);
}

// AC-063: as many members as the limits let in.
TEST(Jws, ReadsManyMembersInTime) {
    std::string header = R"({"alg":"RS256")";

    for (int i = 0; header.size() < 4080; i++) {
        header += ",\"" + std::to_string(i) + "\":0";
    }
    EXPECT_EQ(refusal(token(header + "}")), std::nullopt);
}

// AC-055: every byte, at places of each part.
TEST(Jws, RefusesEveryByteOutsideTheAlphabet) {
    const std::string good = token(R"({"alg":"RS256"})");

    for (int c = 0; c < 256; c++) {
        if (std::isalnum(c) || c == '-' || c == '_') {
            continue;
        }
        for (std::size_t i = 0; i < good.size(); i++) {
            std::string bad = good;
            bad[i] = static_cast<char>(c);
            if (bad != good) {
                EXPECT_EQ(refusal(bad), Errc::token_malformed) << c << " " << i;
            }
        }
    }
}

// AC-062.
TEST(Jws, RefusesDeepHeadersInLinearTime) {
    const Limits wide{.token_bytes = 1 << 20, .header_bytes = 1 << 20};

    for (const auto* open : {"[", "{\"a\":"}) {
        std::string deep = R"({"alg":"RS256","x":)";
        for (int i = 0; i < 100'000; i++) {
            deep += open;
        }
        EXPECT_EQ(refusal(token(deep), wide), Errc::header_malformed);
    }
}

// The order of checks decides what a log says of a token that is wrong in
// several ways.
TEST(Jws, ChecksInItsOrder) {
    const std::string none = token(R"({"alg":"none","crit":["x"],"kid":1})");
    const std::string crit = token(R"({"alg":"RS256","crit":["x"],"kid":1})");
    const std::string kid = token(R"({"alg":"RS256","kid":1})");

    EXPECT_EQ(refusal(none + "!", {.token_bytes = 10}), Errc::token_too_large);
    EXPECT_EQ(refusal(none + "!"), Errc::token_malformed);
    EXPECT_EQ(refusal(none), Errc::alg_not_allowed);
    EXPECT_EQ(refusal(crit), Errc::crit_not_supported);
    EXPECT_EQ(refusal(kid), Errc::header_malformed);
}

}  // namespace
}  // namespace jose
