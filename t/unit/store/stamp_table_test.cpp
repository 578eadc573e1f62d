// SPDX-License-Identifier: Apache-2.0
#include "store/stamp_table.hpp"

#include <gtest/gtest.h>

#include "store/inspector.hpp"
#include "store/region.hpp"

namespace store {
namespace {

class StampTableTest : public ::testing::Test {
protected:
    StampTable& make(std::uint32_t capacity) {
        Arena arena = region_.arena();
        table_ = StampTable::create(arena, capacity);
        return *table_;
    }
    void TearDown() override {
        if (table_ != nullptr) {
            EXPECT_EQ(Inspector::check(*table_), "");
        }
    }
    Region region_{1 << 16};
    StampTable* table_ = nullptr;
};

TEST_F(StampTableTest, KeepsAValueUntilItsTime) {
    StampTable& table = make(8);
    table.put(TestKey(1), {kNow + 10, 77}, kNow);

    ASSERT_TRUE(table.find(TestKey(1), kNow));
    EXPECT_EQ(table.find(TestKey(1), kNow)->value, 77u);
    EXPECT_EQ(table.find(TestKey(1), kNow)->until, kNow + 10);
    EXPECT_TRUE(table.find(TestKey(1), kNow + 9));
    EXPECT_FALSE(table.find(TestKey(1), kNow + 10));
    EXPECT_FALSE(table.find(TestKey(2), kNow));
}

TEST_F(StampTableTest, EntryIsValidAgainIfTheClockGoesBack) {
    StampTable& table = make(8);
    table.put(TestKey(1), {kNow + 10, 77}, kNow);
    EXPECT_FALSE(table.find(TestKey(1), kNow + 20));
    EXPECT_TRUE(table.find(TestKey(1), kNow - 1000));
    EXPECT_FALSE(table.put_if_absent(TestKey(1), {kNow, 1}, kNow - 1000));
}

TEST_F(StampTableTest, TimesAreWiderThan32Bits) {  // AC-196
    StampTable& table = make(8);
    const std::int64_t later = std::int64_t{1} << 40;
    table.put(TestKey(1), {later + 1, 7}, kNow);
    EXPECT_TRUE(table.find(TestKey(1), later));
    EXPECT_FALSE(table.find(TestKey(1), later + 1));
}

TEST_F(StampTableTest, PutReplaces) {
    StampTable& table = make(8);
    table.put(TestKey(1), {kNow + 10, 1}, kNow);
    table.put(TestKey(1), {kNow + 99, 2}, kNow);
    EXPECT_EQ(table.find(TestKey(1), kNow + 50)->value, 2u);
    EXPECT_EQ(table.stats().entries, 1u);
}

TEST_F(StampTableTest, NextEvictedIsWhatPutEvicts) {
    StampTable& table = make(4);
    for (int i = 0; i < 4; i++) {
        EXPECT_FALSE(table.next_evicted(TestKey(i), kNow)) << "there is room";
        table.put(TestKey(i), {kNow + 10, 100u + i}, kNow);
    }
    EXPECT_FALSE(table.next_evicted(TestKey(2), kNow)) << "it is replaced";
    ASSERT_TRUE(table.next_evicted(TestKey(9), kNow));
    EXPECT_EQ(table.next_evicted(TestKey(9), kNow)->value, 100u);
    EXPECT_TRUE(table.find(TestKey(0), kNow));
    table.put(TestKey(9), {kNow + 10, 1}, kNow);
    EXPECT_FALSE(table.find(TestKey(0), kNow));
    EXPECT_EQ(table.next_evicted(TestKey(8), kNow)->value, 101u);
    EXPECT_FALSE(table.next_evicted(TestKey(8), kNow + 10))
        << "what has expired makes room";
}

TEST_F(StampTableTest, OnceIsKeptAsLongAsThereIsRoom) {
    StampTable& table = make(8);
    EXPECT_TRUE(table.put_once(TestKey(1), {kNow + 10, 1}, kNow));
    EXPECT_FALSE(table.put_once(TestKey(1), {kNow + 20, 2}, kNow + 9));
    EXPECT_TRUE(table.put_once(TestKey(1), {kNow + 20, 2}, kNow + 10));
    for (int i = 2; i < 10; i++) {
        EXPECT_TRUE(table.put_once(TestKey(i), {kNow + 30, 1}, kNow + 10));
    }
    EXPECT_TRUE(table.put_once(TestKey(1), {kNow + 30, 1}, kNow + 10))
        << "the oldest went, the newest are there";
    EXPECT_FALSE(table.put_once(TestKey(9), {kNow + 30, 1}, kNow + 10));
}

TEST_F(StampTableTest, ExpiredOldestIsNoEviction) {
    StampTable& table = make(40);
    for (int i = 0; i < 40; i++) {
        table.put(TestKey(i), {kNow + (i == 0 ? 1 : 10), 1}, kNow);
    }
    table.put(TestKey(100), {kNow + 10, 1}, kNow + 1);
    EXPECT_EQ(table.stats().evictions, 0u);
    table.put(TestKey(101), {kNow + 10, 1}, kNow + 1);
    EXPECT_EQ(table.stats().evictions, 1u);
}

TEST_F(StampTableTest, CapacityForIsWhatFits) {
    for (const std::size_t size : {0u, 64u, 500u, 4096u, 70'000u, 1'000'003u}) {
        const std::uint32_t capacity = StampTable::capacity_for(size);
        if (capacity == 0) {
            EXPECT_LT(size, 500u);
            continue;
        }
        Region region(size);
        Arena arena = region.arena();
        ASSERT_NE(StampTable::create(arena, capacity), nullptr) << size;
        EXPECT_LT(arena.left(), size / 2) << size;
    }
}

TEST_F(StampTableTest, RemovesOnce) {
    StampTable& table = make(8);
    table.put(TestKey(1), {kNow + 10, 1}, kNow);
    EXPECT_TRUE(table.remove(TestKey(1)));
    EXPECT_FALSE(table.remove(TestKey(1)));
    EXPECT_FALSE(table.find(TestKey(1), kNow));
    EXPECT_EQ(table.stats().entries, 0u);
}

TEST_F(StampTableTest, OldestIsEvictedWhenFull) {
    StampTable& table = make(8);
    for (int i = 0; i < 11; i++) {
        table.put(TestKey(i), {kNow + 10, 1}, kNow);
    }
    for (int i = 0; i < 11; i++) {
        EXPECT_EQ(table.find(TestKey(i), kNow).has_value(), i >= 3) << i;
    }
    EXPECT_EQ(table.stats().entries, 8u);
    EXPECT_EQ(table.stats().evictions, 3u);
}

TEST_F(StampTableTest, ExpiredEntryIsEvictedBeforeTheOldest) {
    StampTable& table = make(8);
    for (int i = 0; i < 8; i++) {
        table.put(TestKey(i), {i == 5 ? kNow + 1 : kNow + 10, 1}, kNow);
    }
    table.put(TestKey(100), {kNow + 10, 1}, kNow + 1);
    EXPECT_TRUE(table.find(TestKey(0), kNow + 1));
    EXPECT_FALSE(table.find(TestKey(5), kNow));
    EXPECT_EQ(table.stats().evictions, 0u);
}

TEST_F(StampTableTest, OnlyTheFirstCallerInserts) {
    StampTable& table = make(8);
    EXPECT_TRUE(table.put_if_absent(TestKey(1), {kNow + 10, 1}, kNow));
    EXPECT_FALSE(table.put_if_absent(TestKey(1), {kNow + 10, 2}, kNow));
    EXPECT_FALSE(table.put_if_absent(TestKey(1), {kNow + 20, 2}, kNow + 9));
    EXPECT_EQ(table.find(TestKey(1), kNow)->value, 1u);
    EXPECT_TRUE(table.put_if_absent(TestKey(1), {kNow + 20, 3}, kNow + 10));
    EXPECT_EQ(table.find(TestKey(1), kNow + 10)->value, 3u);
}

TEST_F(StampTableTest, FullOfValidMarksFailsClosed) {
    StampTable& table = make(40);
    for (int i = 0; i < 40; i++) {
        ASSERT_TRUE(table.put_if_absent(TestKey(i), {kNow + 10 + i, 1}, kNow));
    }
    EXPECT_FALSE(table.put_if_absent(TestKey(99), {kNow + 10, 1}, kNow));
    EXPECT_FALSE(table.put_if_absent(TestKey(99), {kNow + 10, 1}, kNow + 9));
    EXPECT_EQ(table.stats().entries, 40u);
    // One has ended, wherever it stands: there is room for one, not two.
    EXPECT_TRUE(table.put_if_absent(TestKey(99), {kNow + 99, 1}, kNow + 10));
    EXPECT_FALSE(table.put_if_absent(TestKey(98), {kNow + 99, 1}, kNow + 10));
    EXPECT_EQ(table.stats().evictions, 0u);
    EXPECT_EQ(table.stats().rejections, 3u);
}

TEST_F(StampTableTest, EarlierExpiryIsRecordedAfterASearch) {
    StampTable& table = make(4);
    for (int i = 0; i < 4; i++) {
        table.put_if_absent(TestKey(i), {kNow + 100, 1}, kNow);
    }
    EXPECT_FALSE(table.put_if_absent(TestKey(9), {kNow + 100, 1}, kNow + 1));
    table.put(TestKey(2), {kNow + 5, 1}, kNow + 1);
    EXPECT_TRUE(table.put_if_absent(TestKey(9), {kNow + 100, 1}, kNow + 5));
}

TEST_F(StampTableTest, KeysOfOneBucketStayApart) {
    StampTable& table = make(8);
    for (int i = 0; i < 8; i++) {
        TestKey key(1);
        key.bytes[31] = static_cast<unsigned char>(i);
        table.put(key, {kNow + 10, static_cast<std::uint64_t>(i)}, kNow);
    }
    TestKey key(1);
    key.bytes[31] = 4;
    EXPECT_TRUE(table.remove(key));
    for (int i = 0; i < 8; i++) {
        key.bytes[31] = static_cast<unsigned char>(i);
        const auto found = table.find(key, kNow);
        ASSERT_EQ(found.has_value(), i != 4);
        EXPECT_TRUE(!found || found->value == static_cast<unsigned>(i));
    }
}

TEST_F(StampTableTest, RefusesTooLittleMemoryAndNoCapacity) {  // AC-367
    for (std::size_t size = 0; size < StampTable::bytes(8); size += 8) {
        Arena arena(region_.base(), size);
        StampTable* table = StampTable::create(arena, 8);
        if (table != nullptr) {  // the alignment's slack was not needed
            EXPECT_GE(size + 192, StampTable::bytes(8));
        }
    }
    Arena arena = region_.arena();
    EXPECT_EQ(StampTable::create(arena, 0), nullptr);
    EXPECT_EQ(StampTable::create(arena, ~0U), nullptr);
    Arena exact(region_.base(), StampTable::bytes(100));
    EXPECT_NE(StampTable::create(exact, 100), nullptr);
}

TEST_F(StampTableTest, CostsFarLessThan128BytesAnEntry) {
    EXPECT_LE(StampTable::bytes(100'000) / 100'000, 72u);
}

TEST_F(StampTableTest, AnotherLayoutIsRefused) {  // AC-374
    StampTable& table = make(8);
    EXPECT_EQ(StampTable::attach(&table), &table);
    Inspector::relabel(table);
    EXPECT_EQ(StampTable::attach(&table), nullptr);
}

TEST_F(StampTableTest, RecoversFromAnyDamageToItsIndex) {  // AC-368
    for (unsigned round = 0; round < 300; round++) {
        std::mt19937 random(round);
        StampTable& table = make(32);
        const int count = static_cast<int>(random() % 40);
        const int broken = count == 0 ? 0 : count - 1;
        for (int i = 0; i < count; i++) {
            table.put(TestKey(i), {kNow + i, 7}, kNow - 1);
        }
        const auto before = table.stats().entries;
        const bool breaks = count != 0 && random() % 2 == 0;
        if (breaks) {
            Inspector::break_entry(table,
                                   Inspector::slot_of(table, TestKey(broken)));
        }
        Inspector::tear(table, random);
        table.recover();
        ASSERT_EQ(Inspector::check(table), "") << round;
        ASSERT_EQ(table.stats().entries, before - (breaks ? 1 : 0));
        for (int i = std::max(0, count - 32); i < count; i++) {
            ASSERT_EQ(table.find(TestKey(i), kNow - 1).has_value(),
                      !breaks || i != broken);
        }
        for (int i = 0; i < 40; i++) {
            table.put(TestKey(1000 + i), {kNow + 99, 1}, kNow);
        }
        ASSERT_EQ(Inspector::check(table), "") << round;
    }
}

TEST_F(StampTableTest, RecoveryIsCountedAndOnlyWhenNeeded) {
    StampTable& table = make(8);
    table.recover();
    EXPECT_EQ(table.stats().recoveries, 0u);
    Inspector::begin(table);
    table.recover();
    table.recover();
    EXPECT_EQ(table.stats().recoveries, 1u);
}

}  // namespace
}  // namespace store
