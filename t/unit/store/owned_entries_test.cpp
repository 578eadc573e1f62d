// SPDX-License-Identifier: Apache-2.0
#include "store/owned_entries.hpp"

#include <gtest/gtest.h>

#include "store/inspector.hpp"
#include "store/region.hpp"

namespace store {
namespace {

class OwnedEntriesTest : public ::testing::Test {
protected:
    OwnedEntriesTest() {
        Arena arena = region_.arena();
        places_ = StampTable::create(arena, 64);
        entries_ = BlobTable::create(arena, 256);
    }
    void TearDown() override {
        EXPECT_EQ(Inspector::check(*entries_), "");
        EXPECT_EQ(Inspector::check(*places_), "");
    }

    void put(int owner, int entry, std::int64_t now, std::uint32_t limit = 3) {
        ASSERT_TRUE(entries_->put(TestKey(entry), "x", now, kEnd));
        note_owned(*places_, *entries_, TestKey(owner), TestKey(entry), now,
                   kEnd, limit);
    }
    bool has(int entry, std::int64_t now = kNow) {
        return entries_->last_use(prefix_of(TestKey(entry)), now).has_value();
    }
    void use(int entry, std::int64_t now) {
        std::string bytes;
        const auto found = entries_->find(TestKey(entry), now, bytes);
        ASSERT_TRUE(found);
        entries_->touch(found->ref, now);
    }

    Region region_{1 << 16};
    StampTable* places_;
    BlobTable* entries_;
};

TEST_F(OwnedEntriesTest, LeastRecentlyUsedIsEvictedBeyondTheLimit) {
    for (int i = 0; i < 3; i++) {
        put(100, i, kNow + i);
    }
    EXPECT_TRUE(has(0) && has(1) && has(2));
    use(0, kNow + 10);
    put(100, 3, kNow + 11);
    EXPECT_FALSE(has(1));
    EXPECT_TRUE(has(0) && has(2) && has(3));
    EXPECT_EQ(entries_->stats().evictions, 1u);
}

TEST_F(OwnedEntriesTest, OthersEntriesAreNotTouched) {
    put(200, 50, kNow);
    for (int i = 0; i < 20; i++) {
        put(100, i, kNow + 1 + i);
    }
    EXPECT_TRUE(has(50));
    EXPECT_EQ(entries_->stats().entries, 4u);
}

TEST_F(OwnedEntriesTest, RemovedEntryGivesItsPlaceBack) {
    for (int i = 0; i < 3; i++) {
        put(100, i, kNow + i);
    }
    entries_->remove(TestKey(1));
    put(100, 3, kNow + 5);
    EXPECT_TRUE(has(0) && has(2) && has(3));
    EXPECT_EQ(entries_->stats().evictions, 0u);
}

TEST_F(OwnedEntriesTest, ExpiredEntriesAreNotCounted) {
    for (int i = 0; i < 3; i++) {
        put(100, i, kNow);
    }
    ASSERT_TRUE(entries_->put(TestKey(9), "x", kEnd, kEnd + 9));
    note_owned(*places_, *entries_, TestKey(100), TestKey(9), kEnd, kEnd + 9,
               3);
    EXPECT_TRUE(has(9, kEnd));
    EXPECT_EQ(entries_->stats().evictions, 0u);
}

TEST_F(OwnedEntriesTest, LimitOfOneKeepsTheNewest) {
    put(100, 1, kNow, 1);
    put(100, 2, kNow, 1);
    EXPECT_FALSE(has(1));
    EXPECT_TRUE(has(2));
}

TEST_F(OwnedEntriesTest, LoweredLimitHoldsFromThenOn) {
    for (int i = 0; i < 5; i++) {
        put(100, i, kNow + i, 5);
    }
    put(100, 5, kNow + 5, 2);
    EXPECT_FALSE(has(0));
    EXPECT_TRUE(has(5));
}

}  // namespace
}  // namespace store
