// SPDX-License-Identifier: Apache-2.0
// The vectors of t/vectors: what verify() says of tokens near and far, and
// which keys are taken in.
#include "jose/vectors.hpp"

#include <map>

namespace jose {
namespace {

using base::json::Value;

std::map<std::string, KeySet> read_key_sets(Value sets) {
    std::map<std::string, KeySet> read;

    sets.each_member([&](std::string_view name, Value set) {
        auto keys = KeySet::parse(set.text());
        EXPECT_TRUE(keys) << name;
        if (keys) {
            read.emplace(name, std::move(*keys));
        }
    });
    return read;
}

// How many of the file's cases were judged as it says.
std::size_t judged_right(const std::string& file) {
    const auto document = read_vectors(file);
    const Value cases = document.root().member("cases");
    const auto sets = read_key_sets(document.root().member("jwks"));
    std::size_t right = 0;

    for (std::size_t i = 0; i < cases.size(); i++) {
        const Value c = cases.at(i);
        const std::string key =
            *base::base64url_decode(c.member("hmac_key").string().value_or(""));
        const VerifyRule rule{.algs = read_algs(c.member("algs")),
                              .typ = c.member("typ").string() == "id_token"
                                         ? TypRule::id_token
                                         : TypRule::access_token,
                              .hmac_key = key};
        const auto& keys =
            sets.at(std::string(c.member("jwks").string().value_or("main")));
        const auto token = c.member("token").string().value();
        const auto result = verify(token, keys, rule);

        EXPECT_EQ(verdict(result), c.member("verdict").string())
            << c.member("id").text() << " " << c.member("name").text();
        EXPECT_EQ(verdict(verify(DigestedToken(token, "x"), keys, rule)),
                  c.member("verdict").string())
            << c.member("id").text() << " digested";
        right += verdict(result) == c.member("verdict").string();
    }
    return right;
}

TEST(Vectors, RfcExamplesVerify) {
    EXPECT_EQ(judged_right("rfc.json"), 9);
}

TEST(Vectors, ForgeriesAreJudgedAsListed) {
    EXPECT_EQ(judged_right("tokens.json"), 590);
}

TEST(Vectors, KeysAreAcceptedOrSkippedAsListed) {
    const auto document = read_vectors("jwks.json");
    const Value cases = document.root().member("cases");

    EXPECT_EQ(cases.size(), 111);
    for (std::size_t i = 0; i < cases.size(); i++) {
        const Value c = cases.at(i);
        EXPECT_EQ(bool(import_jwk(c.member("jwk"))),
                  c.member("usable").is_true())
            << c.member("id").text() << " " << c.member("name").text();
    }
}

}  // namespace
}  // namespace jose
