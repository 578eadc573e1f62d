// SPDX-License-Identifier: Apache-2.0
#include "base/byte_block.hpp"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

bool is_of_dots_to_digits(std::string_view text) {
    return is_all_of(text, [](Block c) {
        return is_in(c, '-', '.') | is_one(c, '_') | is_alnum(c);
    });
}

bool is_member(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

TEST(AllOf, FindsAForeignCharacterAtEveryPlace) {
    for (std::size_t size = 1; size < 40; size++) {
        for (std::size_t at = 0; at < size; at++) {
            for (int byte = 0; byte < 256; byte++) {
                std::string text(size, 'a');
                text[at] = static_cast<char>(byte);
                ASSERT_EQ(is_of_dots_to_digits(text), is_member(text[at]))
                    << size << ' ' << at << ' ' << byte;
            }
        }
    }
}

TEST(AllOf, ReadsNothingBehindTheText) {
    const std::string text = std::string(20, 'a') + "!!!!!!!!!!!!!!!!";
    EXPECT_TRUE(is_of_dots_to_digits(std::string_view(text).substr(0, 20)));
    EXPECT_FALSE(is_of_dots_to_digits(std::string_view(text).substr(0, 21)));
}

TEST(AllOf, HoldsForAnEmptyText) {
    EXPECT_TRUE(is_of_dots_to_digits(""));
}

}  // namespace
}  // namespace base
