// SPDX-License-Identifier: Apache-2.0
// Key sets: one bad member spoils none of the others, and an empty set is no
// set. The members themselves are in t/vectors/jwks.json.
#include "jose/jwks.hpp"

#include "jose/vectors.hpp"

namespace jose {
namespace {

const base::json::Document& vectors() {
    static const auto document = read_vectors("tokens.json");
    return document;
}

// The text of the first member of the key set "one", with more members.
std::string rsa_jwk(const std::string& more = "") {
    const std::string text = vectors()
                                 .root()
                                 .member("jwks")
                                 .member("one")
                                 .member("keys")
                                 .at(0)
                                 .text();
    return text.substr(0, text.size() - 1) + more + "}";
}

std::string set_of(std::size_t count, const std::string& more = "") {
    std::string text = R"({"keys":[)";

    for (std::size_t i = 0; i < count; i++) {
        text += (i ? "," : "") + rsa_jwk(more);
    }
    return text + "]}";
}

// AC-153.
TEST(KeySet, SkipsAndCountsUnusableKeys) {
    const auto set =
        KeySet::parse(R"({"keys":[1,null,{},{"kty":"oct","k":"AA"},)" +
                      rsa_jwk() + R"(],"other":true})");

    ASSERT_TRUE(set);
    EXPECT_EQ(set->size(), 1);
    EXPECT_EQ(set->ignored(), 4);
}

// AC-153.
TEST(KeySet, IsRefusedWithoutAUsableKey) {
    for (const auto& text :
         {std::string(), std::string("{}"), std::string("[]"),
          std::string(R"({"keys":[]})"), std::string(R"({"keys":{}})"),
          std::string(R"({"keys":null})"), std::string(R"({"keys":"x"})"),
          std::string(R"({"keys":[{}]})"), std::string("<html></html>"),
          "[" + rsa_jwk() + "]", rsa_jwk(), set_of(1) + "x",
          R"({"keys":[],"keys":[)" + rsa_jwk() + "]}",
          std::string(R"({"keys":[{"kty":"oct","k":"AAAA"}]})")}) {
        const auto set = KeySet::parse(text);
        ASSERT_FALSE(set) << text.substr(0, 60);
        EXPECT_EQ(set.error().code, base::Errc::idp_malformed);
    }
}

// AC-153.
TEST(KeySet, HoldsSixtyFourKeysAndNoMore) {
    const auto full = KeySet::parse(set_of(kMaxKeys));
    const auto over = KeySet::parse(set_of(kMaxKeys + 1));

    ASSERT_TRUE(full && over);
    EXPECT_EQ(full->size(), kMaxKeys);
    EXPECT_EQ(full->ignored(), 0);
    EXPECT_EQ(over->size(), kMaxKeys);
    EXPECT_EQ(over->ignored(), 1);
    EXPECT_FALSE(KeySet::parse(set_of(10'000))) << "beyond kMaxJwksBytes";
}

// AC-062, AC-063.
TEST(KeySet, LimitsTheLengthOfTheDocument) {
    std::string text = set_of(1);
    std::string fit = text + std::string(kMaxJwksBytes - text.size(), ' ');

    EXPECT_TRUE(KeySet::parse(fit));
    EXPECT_FALSE(KeySet::parse(fit + " "));
    const auto nested = [](std::size_t depth) {
        return R"({"x":)" + std::string(depth, '[') + std::string(depth, ']') +
               R"(,"keys":[)" + rsa_jwk() + "]}";
    };
    EXPECT_TRUE(KeySet::parse(nested(7)));
    EXPECT_FALSE(KeySet::parse(nested(8)));
    EXPECT_FALSE(KeySet::parse(nested(100'000)));
}

// AC-021, AC-022.
TEST(KeySet, OffersAtMostFourKeys) {
    const auto many = KeySet::parse(set_of(5, R"(,"kid":"k")"));
    const auto few = KeySet::parse(set_of(4, R"(,"kid":"k")"));

    ASSERT_TRUE(many && few);
    EXPECT_EQ(many->candidates("k", Alg::RS256).size(), kMaxCandidates);
    EXPECT_TRUE(many->candidates(std::nullopt, Alg::RS256).empty());
    EXPECT_EQ(few->candidates(std::nullopt, Alg::RS256).size(), 4);
    EXPECT_TRUE(few->candidates("K", Alg::RS256).empty());
    EXPECT_TRUE(few->candidates("", Alg::RS256).empty());
    EXPECT_TRUE(
        few->candidates(std::string_view("k\0x", 3), Alg::RS256).empty());
}

// AC-011, AC-012, AC-005.
TEST(KeySet, OffersOnlyKeysThatFit) {
    const auto set = KeySet::parse(set_of(1));
    const auto ps = KeySet::parse(set_of(1, R"(,"alg":"PS256")"));

    ASSERT_TRUE(set && ps);
    for (const Alg alg : {Alg::RS256, Alg::RS512, Alg::PS384}) {
        EXPECT_EQ(set->candidates(std::nullopt, alg).size(), 1);
    }
    for (const Alg alg : {Alg::ES256, Alg::EdDSA, Alg::HS256, Alg::HS512}) {
        EXPECT_TRUE(set->candidates(std::nullopt, alg).empty());
    }
    EXPECT_EQ(ps->candidates(std::nullopt, Alg::PS256).size(), 1);
    EXPECT_TRUE(ps->candidates(std::nullopt, Alg::RS256).empty());
    EXPECT_TRUE(ps->candidates(std::nullopt, Alg::PS384).empty());
}

}  // namespace
}  // namespace jose
