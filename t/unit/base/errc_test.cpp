// SPDX-License-Identifier: Apache-2.0
// The reason words: what users match on and what the log says.
#include "base/errc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <vector>

namespace base {
namespace {

const std::vector<Errc> kAll = {
#define X(word, outcome, sentence) Errc::word,
#include "base/errors.def"
#undef X
};

TEST(Errc, WordsAreDistinctAndFitForALogFormat) {
    std::set<std::string_view> seen;
    for (const Errc code : kAll) {
        EXPECT_TRUE(seen.insert(word(code)).second) << word(code);
        EXPECT_TRUE(std::ranges::all_of(word(code), [](unsigned char c) {
            return std::islower(c) || c == '_';
        })) << word(code);
    }
}

// They go into error_description, where RFC 6750 3 allows neither " nor \.
TEST(Errc, SentencesFitAHeaderAndHaveNoFullStop) {
    for (const Errc code : kAll) {
        const std::string_view text = sentence(code);
        ASSERT_FALSE(text.empty()) << word(code);
        EXPECT_NE(text.back(), '.') << text;
        EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
            return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
        })) << text;
    }
}

TEST(Errc, MessageIsTheSentenceUnlessADetailIsGiven) {
    EXPECT_EQ(Error(Errc::token_expired).why, "the token has expired");
    EXPECT_EQ(Error(Errc::token_expired, "exp is 0").why, "exp is 0");
}

TEST(Errc, OnlyFaultsOfTheProviderAreUnavailable) {
    EXPECT_EQ(outcome(Errc::idp_timeout), Outcome::unavailable);
    EXPECT_EQ(outcome(Errc::token_expired), Outcome::invalid_token);
    EXPECT_EQ(outcome(Errc::out_of_memory), Outcome::internal);
}

}  // namespace
}  // namespace base
