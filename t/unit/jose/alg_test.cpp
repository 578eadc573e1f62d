// SPDX-License-Identifier: Apache-2.0
// Algorithm names are compared byte for byte, and `none` is not one.
#include "jose/alg.hpp"

#include <gtest/gtest.h>

namespace jose {
namespace {

using namespace std::literals;

constexpr Alg kAll[] = {
#define X(name, family, hash) Alg::name,
#include "jose/algorithms.def"
#undef X
};

TEST(Algorithms, HaveOneNameEach) {
    for (const Alg alg : kAll) {
        EXPECT_EQ(parse_alg(name(alg)), alg);
    }
    EXPECT_EQ(family(Alg::PS384), Family::rsa_pss);
    EXPECT_EQ(hash(Alg::PS384), crypto::Hash::sha384);
    EXPECT_EQ(family(Alg::ES512), Family::ecdsa_p521);
    EXPECT_EQ(hash(Alg::ES512), crypto::Hash::sha512);
    EXPECT_EQ(family(Alg::EdDSA), Family::eddsa);
    EXPECT_EQ(family(Alg::HS256), Family::hmac);
}

// AC-001, AC-002, AC-004.
TEST(Algorithms, RefuseSimilarNames) {
    for (const auto text :
         {""sv, "none"sv, "None"sv, "NONE"sv, "nOnE"sv, "none "sv, "rs256"sv,
          "RS256 "sv, " RS256"sv, "RS256\0"sv, "RS25"sv, "RS2566"sv, "eddsa"sv,
          "EDDSA"sv, "ES256K"sv, "HS1"sv, "RS1"sv}) {
        EXPECT_FALSE(parse_alg(text)) << text;
    }
}

TEST(AlgSet, ContainsWhatWasAdded) {
    AlgSet set;

    EXPECT_TRUE(set.empty());
    for (const Alg alg : kAll) {
        EXPECT_FALSE(set.has(alg));
        set.add(alg);
        EXPECT_TRUE(set.has(alg));
    }
    EXPECT_FALSE(AlgSet().add(Alg::RS256).has(Alg::RS384));
}

// AC-009.
TEST(AlgSet, AsymmetricSetHasNoHmac) {
    for (const Alg alg : kAll) {
        EXPECT_EQ(AlgSet::asymmetric().has(alg), family(alg) != Family::hmac);
    }
}

}  // namespace
}  // namespace jose
