// SPDX-License-Identifier: Apache-2.0
// A text taken apart at a separator.
#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(TakeUntil, TakesTheFrontAndItsSeparator) {
    std::string_view rest = "a=1&&b&";

    EXPECT_EQ(take_until(rest, '&'), "a=1");
    EXPECT_EQ(rest, "&b&");
    EXPECT_EQ(take_until(rest, '&'), "");
    EXPECT_EQ(take_until(rest, '&'), "b");
    EXPECT_EQ(rest, "");
    EXPECT_EQ(take_until(rest, '&'), "");
}

TEST(TakeUntil, TakesAllWithoutOne) {
    std::string_view rest = "abc";
    std::string_view nothing;

    EXPECT_EQ(take_until(rest, '&'), "abc");
    EXPECT_EQ(rest, "");
    EXPECT_EQ(take_until(nothing, '&'), "");
    EXPECT_EQ(nothing, "");
}

}  // namespace
}  // namespace base
