// SPDX-License-Identifier: Apache-2.0
#include "oidc/memory/token_digest.hpp"

#include <gtest/gtest.h>

namespace oidc {
namespace {

crypto::Digest256 fresh(std::uint64_t policy_id, std::string_view token) {
    return memory::TokenDigestMemo().of(policy_id, token).of_all();
}

TEST(TokenDigestMemo, DependsOnTokenAndPolicy) {
    EXPECT_EQ(fresh(1, "a.b.c"), fresh(1, "a.b.c"));
    EXPECT_NE(fresh(1, "a.b.c"), fresh(2, "a.b.c"));
    EXPECT_NE(fresh(1, "a.b.c"), fresh(1, "a.b.d"));
    EXPECT_NE(fresh(1, ""), fresh(1, "a"));
}

TEST(TokenDigestMemo, ComparesEveryByte) {  // AC-304
    memory::TokenDigestMemo keys;
    const std::string token = "header.payload.signature";

    for (std::size_t i = 0; i < token.size(); i++) {
        std::string other = token;
        other[i] ^= 1;
        EXPECT_EQ(keys.of(1, token).of_all(), fresh(1, token));
        EXPECT_EQ(keys.of(1, other).of_all(), fresh(1, other));
        EXPECT_EQ(keys.of(2, other).of_all(), fresh(2, other));
        EXPECT_EQ(keys.of(2, token.substr(0, i)).of_all(),
                  fresh(2, token.substr(0, i)));
    }
}

TEST(TokenDigestMemo, IsRightForEveryLength) {
    memory::TokenDigestMemo keys;

    for (const std::size_t size : {0u, 1u, 4095u, 4096u, 4097u, 32768u}) {
        const std::string token(size, 'a');
        for (int again = 0; again < 2; again++) {
            EXPECT_EQ(keys.of(1, token).of_all(), fresh(1, token)) << size;
        }
        EXPECT_EQ(keys.of(1, token + "b").of_all(), fresh(1, token + "b"))
            << size;
    }
}

TEST(TokenDigestMemo, ComparesBytesAndNotAddresses) {
    memory::TokenDigestMemo keys;
    std::string token = "header.payload.signature";

    const auto first = keys.of(1, token).of_all();
    token.back() = 'E';
    EXPECT_NE(keys.of(1, token).of_all(), first);
}

}  // namespace
}  // namespace oidc
