// SPDX-License-Identifier: Apache-2.0
// Times are 64 bits wide and stop at the ends of their range.
#include "base/instant.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

// AC-082, AC-196.
TEST(Instant, NeverWraps) {
    EXPECT_EQ(saturating_add(Instant::max(), Seconds(1)), Instant::max());
    EXPECT_EQ(saturating_add(Instant::min(), Seconds(-1)), Instant::min());
    EXPECT_EQ(saturating_add(Instant::max(), Seconds::max()), Instant::max());
    EXPECT_EQ(saturating_add(Instant::min(), Seconds::min()), Instant::min());
    EXPECT_EQ(saturating_add(instant(1), Seconds(2)), instant(3));
    EXPECT_EQ(saturating_add(instant(1), Seconds(-2)), instant(-1));
    EXPECT_EQ(saturating_add(instant(0x7fffffff), Seconds(1)),
              instant(0x80000000));
}

}  // namespace
}  // namespace base
