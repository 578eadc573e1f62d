// SPDX-License-Identifier: Apache-2.0
#include "store/rate_window.hpp"

#include <deque>
#include <random>

namespace store {
namespace {

constexpr std::int64_t kNow = 7'000'000;

TEST(RateWindow, CountsTheLastSecond) {
    RateWindow window{};
    EXPECT_EQ(window.used(kNow), 0u);
    window.add(kNow);
    window.add(kNow + 500);
    EXPECT_EQ(window.used(kNow + 999), 2u);
    EXPECT_EQ(window.used(kNow + 1000 + RateWindow::kSlice), 1u);
    EXPECT_EQ(window.used(kNow + 1500 + RateWindow::kSlice), 0u);
}

TEST(RateWindow, IsEmptyAfterALongTime) {
    RateWindow window{};
    window.add(kNow);
    EXPECT_EQ(window.used(kNow + 1'000'000'000'000), 0u);
}

TEST(RateWindow, ClockThatIsBehindForgetsNothing) {
    RateWindow window{};
    window.add(kNow);
    window.add(kNow - 300);
    EXPECT_EQ(window.used(kNow - 300), 2u);
    EXPECT_EQ(window.used(kNow + 999), 2u);
}

// Whatever the times are, no second has more than the limit; and after one
// without any, there is room for all of it.
TEST(RateWindow, NoSecondHasMoreThanTheLimit) {
    constexpr std::uint32_t kLimit = 20;
    std::mt19937 random(17);
    RateWindow window{};
    std::deque<std::int64_t> last;
    std::int64_t now = kNow;
    unsigned made = 0;
    for (int i = 0; i < 100'000; i++) {
        now += random() % 9;
        if (window.used(now) >= kLimit) {
            continue;
        }
        window.add(now);
        made++;
        last.push_back(now);
        if (last.size() > kLimit) {
            EXPECT_GT(now - last.front(), 1000);
            last.pop_front();
        }
    }
    // A slice of each second is left free.
    EXPECT_GE(made,
              (now - kNow) / (1000 + RateWindow::kSlice) * kLimit * 9 / 10);
}

}  // namespace
}  // namespace store
