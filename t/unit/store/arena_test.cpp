// SPDX-License-Identifier: Apache-2.0
#include "store/arena.hpp"

#include <gtest/gtest.h>

namespace store {
namespace {

TEST(Arena, GivesAlignedPiecesUntilItIsEmpty) {
    alignas(64) char region[256];
    Arena arena(region + 1, 255);

    EXPECT_EQ(arena.take(10, 64), region + 64);
    EXPECT_EQ(arena.take(1, 1), region + 74);
    EXPECT_EQ(arena.left(), 256 - 75);
    EXPECT_EQ(arena.take(181, 1), region + 75);
    EXPECT_EQ(arena.take(1, 1), nullptr);
}

TEST(Arena, RefusesWhatDoesNotFitAndStaysUnchanged) {
    alignas(64) char region[128];
    Arena arena(region + 1, 127);

    EXPECT_EQ(arena.take(65, 64), nullptr);
    EXPECT_EQ(arena.take(~std::size_t{0}, 64), nullptr);
    EXPECT_EQ(arena.left(), 127);
    EXPECT_EQ(arena.take(64, 64), region + 64);
    EXPECT_EQ(arena.take(1, 64), nullptr);
}

}  // namespace
}  // namespace store
