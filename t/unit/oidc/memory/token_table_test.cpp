// SPDX-License-Identifier: Apache-2.0
#include "oidc/memory/token_table.hpp"

#include <gtest/gtest.h>

#include <string>

#include "oidc/fakes.hpp"

namespace oidc::test {
namespace {

constexpr std::uint64_t kHere = 1;
constexpr std::uint64_t kThere = 2;
constexpr std::uint64_t kKeys = 7;
constexpr base::Instant kEnd = kNow + base::Seconds{60};

crypto::Digest256 key(int number) {
    return crypto::sha256(std::to_string(number));
}

using Use = memory::TokenTable::Use;

class Tokens {
public:
    explicit Tokens(std::size_t capacity) : tokens_(capacity) {}
    Use look(const crypto::Digest256& k) {
        return tokens_.look(crypto::view(k), k, kHere, kKeys, kNow);
    }
    bool has(const crypto::Digest256& k, std::uint64_t bit,
             std::uint64_t generation, base::Instant now) {
        return tokens_.look(crypto::view(k), k, bit, generation, now) !=
               Use::unknown;
    }
    void note(const crypto::Digest256& k, std::uint64_t bit,
              std::uint64_t generation, base::Instant now, base::Instant end) {
        tokens_.note(crypto::view(k), k, bit, generation, now, end);
    }

private:
    memory::TokenTable tokens_;
};

TEST(TokenTable, FindsWhatWasInserted) {
    Tokens tokens(64);
    EXPECT_FALSE(tokens.has(key(1), kHere, kKeys, kNow));
    tokens.note(key(1), kHere, kKeys, kNow, kEnd);
    EXPECT_TRUE(tokens.has(key(1), kHere, kKeys, kNow));
}

TEST(TokenTable, EveryByteOfTheKeyCounts) {  // AC-304
    memory::TokenTable tokens(64);
    tokens.note("same place", key(1), kHere, kKeys, kNow, kEnd);
    EXPECT_EQ(tokens.look("same place", key(1), kHere, kKeys, kNow),
              Use::often);
    for (std::size_t i = 0; i < key(1).size(); i++) {
        auto other = key(1);
        other[i] ^= 1;
        EXPECT_EQ(tokens.look("same place", other, kHere, kKeys, kNow),
                  Use::unknown)
            << i;
    }
}

TEST(TokenTable, OtherLocationsFindNothing) {  // AC-311
    Tokens tokens(64);
    tokens.note(key(1), kHere, kKeys, kNow, kEnd);
    EXPECT_FALSE(tokens.has(key(1), kThere, kKeys, kNow));
    EXPECT_FALSE(tokens.has(key(1), 0, kKeys, kNow)) << "beyond the mask";
    tokens.note(key(1), kThere, kKeys, kNow, kEnd);
    EXPECT_TRUE(tokens.has(key(1), kHere, kKeys, kNow));
    EXPECT_TRUE(tokens.has(key(1), kThere, kKeys, kNow));
    tokens.note(key(2), 0, kKeys, kNow, kEnd);
    EXPECT_FALSE(tokens.has(key(2), ~std::uint64_t{0}, kKeys, kNow));
}

TEST(TokenTable, EntriesEndWithTheKeys) {
    Tokens tokens(64);
    tokens.note(key(1), kHere, kKeys, kNow, kEnd);
    EXPECT_FALSE(tokens.has(key(1), kHere, kKeys + 1, kNow));
    tokens.note(key(1), kThere, kKeys + 1, kNow, kEnd);
    EXPECT_FALSE(tokens.has(key(1), kHere, kKeys + 1, kNow))
        << "was accepted here under other keys";
    EXPECT_TRUE(tokens.has(key(1), kThere, kKeys + 1, kNow));
}

TEST(TokenTable, EntriesEndAtTheirExpiry) {
    Tokens tokens(64);
    tokens.note(key(1), kHere, kKeys, kNow, kEnd);
    EXPECT_TRUE(tokens.has(key(1), kHere, kKeys, kEnd - base::Seconds{1}));
    EXPECT_FALSE(tokens.has(key(1), kHere, kKeys, kEnd));
    tokens.note(key(1), kThere, kKeys, kNow, kEnd + base::Seconds{60});
    EXPECT_FALSE(tokens.has(key(1), kHere, kKeys, kEnd))
        << "no other place prolongs it";
    tokens.note(key(2), kHere, kKeys, kEnd, kEnd);
    EXPECT_FALSE(tokens.has(key(2), kHere, kKeys, kEnd));
}

TEST(TokenTable, FrequentTokensAreRecognized) {
    Tokens tokens(64);
    tokens.note(key(1), kHere, kKeys, kNow, kEnd);
    EXPECT_EQ(tokens.look(key(1)), Use::often);
    for (int others = 0; others < 5000; others++) {
        tokens.look(key(2));
    }
    EXPECT_EQ(tokens.look(key(1)), Use::seldom);
    EXPECT_EQ(tokens.look(key(1)), Use::often);
}

TEST(TokenTable, FullTableDropsEntriesAndFindsNoOthers) {
    Tokens tokens(64);
    for (int i = 0; i < 1000; i++) {
        tokens.note(key(i), kHere, kKeys, kNow, kEnd);
        EXPECT_TRUE(tokens.has(key(i), kHere, kKeys, kNow)) << i;
    }
    int known = 0;
    for (int i = 0; i < 1000; i++) {
        known += tokens.has(key(i), kHere, kKeys, kNow);
        EXPECT_FALSE(tokens.has(key(1000 + i), kHere, kKeys, kNow)) << i;
    }
    EXPECT_LE(known, 64);
    EXPECT_GT(known, 32);
}

}  // namespace
}  // namespace oidc::test
