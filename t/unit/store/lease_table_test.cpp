// SPDX-License-Identifier: Apache-2.0
#include "store/lease_table.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "store/inspector.hpp"
#include "store/region.hpp"

namespace store {
namespace {

using Outcome = LeaseTable::Outcome;

class LeaseTableTest : public ::testing::Test {
protected:
    LeaseTableTest() {
        Arena arena = region_.arena();
        leases_ = LeaseTable::create(arena, 4);
    }
    Outcome acquire(int key, std::uint64_t owner, std::int64_t now) {
        answer_ = leases_->acquire(TestKey(key), owner, now, 100);
        return answer_.outcome;
    }
    void TearDown() override { EXPECT_EQ(Inspector::check(*leases_), ""); }

    Region region_{1 << 12};
    LeaseTable* leases_;
    LeaseTable::Answer answer_{};
};

TEST_F(LeaseTableTest, OneHolderAtATime) {
    EXPECT_EQ(acquire(1, 7, 1000), Outcome::granted);
    EXPECT_EQ(answer_.until, 1100);
    EXPECT_EQ(acquire(1, 8, 1001), Outcome::held);
    EXPECT_EQ(answer_.until, 1100);
    EXPECT_EQ(acquire(1, 7, 1001), Outcome::held);
    EXPECT_EQ(acquire(2, 8, 1001), Outcome::granted);
}

TEST_F(LeaseTableTest, ADeadHolderLosesItAtTheDeadline) {
    EXPECT_EQ(acquire(1, 7, 1000), Outcome::granted);
    EXPECT_EQ(acquire(1, 8, 1099), Outcome::held);
    EXPECT_EQ(acquire(1, 8, 1100), Outcome::granted);
    // and cannot end the next one's
    EXPECT_FALSE(leases_->release(TestKey(1), 7, 1110, 5000));
    EXPECT_EQ(acquire(1, 9, 1120), Outcome::held);
    EXPECT_TRUE(leases_->release(TestKey(1), 8, 1130, 0));
    EXPECT_EQ(acquire(1, 9, 1130), Outcome::granted);
}

TEST_F(LeaseTableTest, HolderThatExitedLosesItAtOnce) {
    EXPECT_EQ(acquire(1, 7, 1000), Outcome::granted);
    EXPECT_EQ(acquire(1, 8, 1010), Outcome::held);
    EXPECT_EQ(answer_.owner, 7u);
    EXPECT_TRUE(leases_->take_over(TestKey(1), 7, 8, 1010, 100));
    EXPECT_FALSE(leases_->take_over(TestKey(1), 7, 9, 1010, 100))
        << "another was faster";
    EXPECT_EQ(acquire(1, 9, 1109), Outcome::held);
    EXPECT_EQ(answer_.owner, 8u);
    EXPECT_EQ(acquire(1, 9, 1110), Outcome::granted);
}

TEST_F(LeaseTableTest, PausedLeaseIsNotTakenOver) {
    EXPECT_FALSE(leases_->take_over(TestKey(1), 7, 8, 1000, 100));
    EXPECT_EQ(acquire(1, 7, 1000), Outcome::granted);
    EXPECT_TRUE(leases_->release(TestKey(1), 7, 1010, 1500));
    EXPECT_FALSE(leases_->take_over(TestKey(1), 7, 8, 1020, 100));
    EXPECT_EQ(acquire(1, 8, 1020), Outcome::resting);
}

TEST_F(LeaseTableTest, PauseHasItsReason) {
    EXPECT_EQ(acquire(1, 7, 1000), Outcome::granted);
    EXPECT_TRUE(
        leases_->release(TestKey(1), 7, 1010, 1500, LeaseTable::Rest::failed));
    EXPECT_EQ(acquire(1, 8, 1499), Outcome::failing);
    EXPECT_EQ(answer_.until, 1500);
    EXPECT_FALSE(leases_->release(TestKey(1), 7, 1499, 0));
    EXPECT_EQ(acquire(1, 8, 1500), Outcome::granted);
}

TEST_F(LeaseTableTest, PausesAfterRelease) {
    EXPECT_EQ(acquire(1, 7, 1000), Outcome::granted);
    EXPECT_TRUE(leases_->release(TestKey(1), 7, 1010, 1500));
    EXPECT_FALSE(leases_->release(TestKey(1), 7, 1010, 1500));
    EXPECT_EQ(acquire(1, 7, 1499), Outcome::resting);
    EXPECT_EQ(answer_.until, 1500);
    EXPECT_EQ(acquire(1, 8, 1500), Outcome::granted);
}

TEST_F(LeaseTableTest, FullOfLiveLeasesGrantsNothing) {
    for (int key = 0; key < 4; key++) {
        EXPECT_EQ(acquire(key, 7, 1000 + key), Outcome::granted);
    }
    EXPECT_EQ(acquire(9, 7, 1050), Outcome::full);
    EXPECT_EQ(acquire(0, 8, 1050), Outcome::held);
    EXPECT_EQ(acquire(9, 7, 1100), Outcome::granted);
    EXPECT_EQ(acquire(8, 7, 1100), Outcome::full);
}

TEST_F(LeaseTableTest, AClockThatGoesBackGrantsNothingTwice) {
    EXPECT_EQ(acquire(1, 7, 1000), Outcome::granted);
    EXPECT_EQ(acquire(1, 8, 10), Outcome::held);
    EXPECT_TRUE(leases_->release(TestKey(1), 7, 10, 0));
    EXPECT_EQ(acquire(1, 8, 10), Outcome::granted);
}

TEST_F(LeaseTableTest, AnEndlessHoldDoesNotWrap) {
    const auto last = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(leases_->acquire(TestKey(1), 7, 1000, last).until, last);
    EXPECT_EQ(acquire(1, 8, last - 1), Outcome::held);
}

TEST_F(LeaseTableTest, RefusesTooLittleMemory) {  // AC-367
    Arena none(region_.base(), 64);
    EXPECT_EQ(LeaseTable::create(none, 4), nullptr);
    Arena some(region_.base(), 300);
    EXPECT_EQ(LeaseTable::create(some, 4), nullptr);
    Arena exact(region_.base(), LeaseTable::bytes(4));
    EXPECT_NE(LeaseTable::create(exact, 4), nullptr);
}

TEST_F(LeaseTableTest, AnotherLayoutIsRefused) {  // AC-374
    EXPECT_EQ(LeaseTable::attach(leases_), leases_);
    Inspector::relabel(*leases_);
    EXPECT_EQ(LeaseTable::attach(leases_), nullptr);
}

}  // namespace
}  // namespace store
