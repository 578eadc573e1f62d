// SPDX-License-Identifier: Apache-2.0
#include "store/blob_table.hpp"

#include <gtest/gtest.h>

#include <set>

#include "store/inspector.hpp"
#include "store/region.hpp"

namespace store {
namespace {

constexpr std::size_t kTypical = 1000;

class BlobTableTest : public ::testing::Test {
protected:
    BlobTableTest() {
        Arena arena = region_.arena();
        table_ = BlobTable::create(arena, kTypical);
    }
    void TearDown() override { EXPECT_EQ(Inspector::check(*table_), ""); }

    bool put(int key, std::string_view bytes, std::int64_t now = kNow) {
        return table_->put(TestKey(key), bytes, now, kEnd, &ref_);
    }
    // The bytes, or "-".
    std::string get(int key, std::int64_t now = kNow, std::int64_t idle = 0) {
        std::string bytes;
        const auto found = table_->find(TestKey(key), now, bytes, idle);
        if (found) {
            found_ = *found;
        }
        return found ? bytes : "-";
    }
    // Puts typical entries until the first goes, and tells how many fit.
    int fill() {
        for (int i = 0;; i++) {
            put(i, std::string(kTypical, 'x'));
            if (table_->stats().evictions != 0) {
                return i;
            }
        }
    }

    Region region_{1 << 15};
    BlobTable* table_;
    BlobTable::Ref ref_;
    BlobTable::Found found_{};
};

TEST_F(BlobTableTest, KeepsBytesOfEveryLength) {
    for (std::size_t size = 0; size < 1200; size += 7) {
        std::string bytes;
        for (std::size_t i = 0; i < size; i++) {
            bytes.push_back(static_cast<char>(i * 31 + size));
        }
        ASSERT_TRUE(put(1, bytes));
        ASSERT_EQ(get(1), bytes);
        ASSERT_EQ(found_.expires, kEnd);
        ASSERT_EQ(Inspector::check(*table_), "");
    }
    EXPECT_EQ(table_->stats().entries, 1u);
}

TEST_F(BlobTableTest, EntryExpiresAtItsTime) {
    put(1, "a");
    EXPECT_EQ(get(1, kEnd - 1), "a");
    EXPECT_EQ(get(1, kEnd), "-");
    EXPECT_EQ(table_->stats().entries, 0u);
    EXPECT_EQ(get(1, kNow), "-");
}

TEST_F(BlobTableTest, EntryExpiresWhenIdle) {  // AC-194
    put(1, "a");
    EXPECT_EQ(get(1, kNow + 100, 100), "a");
    EXPECT_EQ(found_.last_used, kNow);
    table_->touch(found_.ref, kNow + 100);
    EXPECT_EQ(get(1, kNow + 200, 100), "a");
    EXPECT_EQ(found_.last_used, kNow + 100);
    EXPECT_EQ(get(1, kNow + 201, 100), "-");
    EXPECT_FALSE(table_->is_current(found_.ref));
}

TEST_F(BlobTableTest, LookupDoesNotCountAsUse) {
    put(1, "a");
    EXPECT_EQ(get(1, kNow + 60, 100), "a");
    EXPECT_EQ(get(1, kNow + 101, 100), "-");
}

TEST_F(BlobTableTest,
       UseKeepsTheEntryUntilItsAbsoluteExpiry) {  // AC-194, AC-195
    put(1, "a");
    for (std::int64_t now = kNow; now < kEnd; now += 99) {
        ASSERT_EQ(get(1, now, 100), "a");
        table_->touch(found_.ref, now);
    }
    EXPECT_EQ(get(1, kEnd, 100), "-");
}

TEST_F(BlobTableTest, ClockThatGoesBackExpiresNothing) {
    put(1, "a");
    table_->touch(ref_, kNow + 50);
    EXPECT_EQ(get(1, kNow - 5000, 10), "a");
    EXPECT_TRUE(put(2, "b", kNow - 5000));
    EXPECT_EQ(get(2, kNow - 5000, 10), "b");
}

TEST_F(BlobTableTest, ReplaceNeedsTheSameVersion) {
    put(1, "a");
    const auto first = ref_;
    EXPECT_TRUE(table_->replace(TestKey(1), first, "b", kNow, kEnd, &ref_));
    EXPECT_FALSE(table_->is_current(first));
    EXPECT_TRUE(table_->is_current(ref_));
    EXPECT_FALSE(table_->replace(TestKey(1), first, "c", kNow, kEnd));
    EXPECT_EQ(get(1), "b");
    // another key's slot, or nobody's
    put(2, "x");
    EXPECT_FALSE(table_->replace(TestKey(1), ref_, "c", kNow, kEnd));
    EXPECT_FALSE(table_->replace(TestKey(3), ref_, "c", kNow, kEnd));
    EXPECT_FALSE(table_->replace(TestKey(1), {}, "c", kNow, kEnd));
    EXPECT_FALSE(table_->replace(TestKey(1), {1U << 31, 1}, "", kNow, kEnd));
}

TEST_F(BlobTableTest, VersionIsNotReusedSoon) {
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 3000; i++) {
        put(1, i % 2 == 0 ? "a" : std::string(700, 'b'));
        ASSERT_NE(ref_.version, 0u);
        ASSERT_TRUE(seen.insert(ref_.version).second);
        ASSERT_TRUE(table_->is_current(ref_));
        if (i % 3 == 0) {
            const auto gone = ref_;
            table_->remove(TestKey(1));
            ASSERT_FALSE(table_->is_current(gone));
        }
    }
}

TEST_F(BlobTableTest, RemovesOnce) {
    put(1, "a");
    EXPECT_TRUE(table_->remove(TestKey(1)));
    EXPECT_FALSE(table_->remove(TestKey(1)));
    EXPECT_EQ(get(1), "-");
    EXPECT_FALSE(table_->is_current(ref_));
    EXPECT_EQ(table_->stats().blocks_used, 0u);
}

TEST_F(BlobTableTest, OldestIsEvictedFirst) {  // AC-198, AC-366
    const int count = fill();
    ASSERT_GT(count, 10);
    EXPECT_EQ(get(0), "-");
    EXPECT_NE(get(1), "-");  // now the newest
    put(count + 1, std::string(kTypical, 'y'));
    EXPECT_NE(get(1), "-");
    EXPECT_EQ(get(2), "-");
    EXPECT_EQ(table_->stats().evictions, 2u);
}

TEST_F(BlobTableTest, UsedEntriesAreEvictedLater) {
    std::vector<BlobTable::Ref> refs;
    for (int i = 0; i < 12; i++) {
        put(i, std::string(kTypical, 'x'));
        refs.push_back(ref_);
    }
    ASSERT_EQ(table_->stats().evictions, 0u);
    table_->touch(refs[0], kNow + 5);
    table_->touch(refs[2], kNow + 5);
    for (int i = 100; table_->stats().evictions < 3; i++) {
        put(i, std::string(kTypical, 'x'), kNow + 6);
    }
    EXPECT_TRUE(table_->is_current(refs[0]));
    EXPECT_FALSE(table_->is_current(refs[1]));
    EXPECT_TRUE(table_->is_current(refs[2]));
    EXPECT_FALSE(table_->is_current(refs[3]));
    EXPECT_FALSE(table_->is_current(refs[4]));
}

TEST_F(BlobTableTest, EvictsAlsoIfAllAreUsed) {
    const int count = fill();
    for (int i = 0; i <= count; i++) {
        if (get(i) != "-") {
            table_->touch(found_.ref, kNow + 9);
        }
    }
    EXPECT_TRUE(put(500, std::string(kTypical, 'z'), kNow + 9));
    EXPECT_EQ(get(500), std::string(kTypical, 'z'));
    EXPECT_EQ(table_->stats().evictions, 2u);
}

TEST_F(BlobTableTest, EvictionOfExpiredEntriesIsNotCounted) {
    fill();
    const auto evictions = table_->stats().evictions;
    put(900, std::string(kTypical, 'x'), kEnd);
    EXPECT_EQ(table_->stats().evictions, evictions);
}

TEST_F(BlobTableTest, ExpiredEntryIsEvictedBeforeOlderOnes) {
    fill();
    table_->put(TestKey(5), std::string(kTypical, 'x'), kNow, kNow + 1);
    put(499, std::string(kTypical, 'x'));  // where its old bytes were
    const auto before = table_->stats().evictions;
    for (int i = 500; i < 505; i++) {
        put(i, std::string(kTypical, 'x'), kNow + 1);
    }
    EXPECT_EQ(table_->stats().evictions, before + 4);
    EXPECT_EQ(get(5), "-");
}

TEST_F(BlobTableTest, WhatCanNeverFitIsRefusedAndChangesNothing) {
    put(1, "a");
    EXPECT_FALSE(put(1, std::string(region_.size(), 'x')));
    EXPECT_EQ(get(1), "a");
    EXPECT_EQ(table_->stats().rejections, 1u);
    // as large as all blocks: everything else goes, its old bytes too
    std::size_t size = region_.size();
    while (!put(1, std::string(size, 'x'))) {
        size -= 16;
    }
    EXPECT_EQ(get(1), std::string(size, 'x'));
    EXPECT_EQ(table_->stats().blocks_used, table_->stats().blocks_total);
    EXPECT_TRUE(put(1, std::string(size, 'y')));
    EXPECT_EQ(get(1), std::string(size, 'y'));
    EXPECT_TRUE(put(2, "b"));
    EXPECT_EQ(get(1), "-");
    EXPECT_EQ(table_->stats().entries, 1u);
}

TEST_F(BlobTableTest, TinyEntriesRunOutOfSlotsAndMakeRoom) {
    for (int i = 0; i < 1000; i++) {
        ASSERT_TRUE(put(i, "tiny"));
    }
    EXPECT_EQ(get(999), "tiny");
    EXPECT_GT(table_->stats().evictions, 0u);
}

TEST_F(BlobTableTest, MixedSizesUntilFullAndBeyond) {  // AC-366
    std::mt19937 random(1);
    for (int i = 0; i < 5000; i++) {
        const int key = static_cast<int>(random() % 60);
        const auto size = random() % (i % 50 == 0 ? 20'000 : 2500);
        const std::string bytes(size, static_cast<char>('a' + key % 26));
        switch (random() % 4) {
            case 0:
                table_->remove(TestKey(key));
                break;
            case 1:
                get(key);
                table_->touch(found_.ref, kNow + i);
                break;
            default:
                ASSERT_TRUE(put(key, bytes, kNow));
                ASSERT_EQ(get(key), bytes);
        }
        ASSERT_EQ(Inspector::check(*table_), "") << i;
    }
}

TEST_F(BlobTableTest, RefusesTooLittleMemory) {  // AC-367
    std::size_t least = 0;
    for (std::size_t size = 0; size < 20'000; size += 64) {
        Arena arena(region_.base(), size);
        BlobTable* table = BlobTable::create(arena, kTypical);
        if (table == nullptr) {
            ASSERT_EQ(least, 0u) << "too small once, too small below";
            continue;
        }
        least = least == 0 ? size : least;
        for (int i = 0; i < 4; i++) {
            table->put(TestKey(i), std::string(kTypical, 'x'), kNow, kEnd);
        }
        ASSERT_EQ(table->stats().evictions, 0u) << size;
    }
    EXPECT_GT(least, 4 * kTypical);
    EXPECT_LT(least, 8 * kTypical);
    Arena endless = region_.arena();
    EXPECT_EQ(BlobTable::create(endless, ~std::size_t{0}), nullptr);
    Arena none = region_.arena();  // nonsense, not a danger
    table_ = BlobTable::create(none, 0);
    ASSERT_NE(table_, nullptr);
    EXPECT_TRUE(put(1, "a"));
}

TEST_F(BlobTableTest, ASessionWithCognitosTokensCostsSixKib) {
    constexpr std::size_t kSize = 16 << 20;
    Region large(kSize);
    Arena arena = large.arena();
    BlobTable* table = BlobTable::create(arena, 4900);
    std::uint64_t count = 0;
    while (table->stats().evictions == 0) {
        table->put(TestKey(count++), std::string(4900, 'x'), kNow, kEnd);
    }
    EXPECT_LE(kSize / (count - 1), 6144u);
    EXPECT_EQ(Inspector::check(*table), "");
}

TEST_F(BlobTableTest, AnotherLayoutIsRefused) {  // AC-374
    EXPECT_EQ(BlobTable::attach(table_), table_);
    Inspector::relabel(*table_);
    EXPECT_EQ(BlobTable::attach(table_), nullptr);
}

}  // namespace
}  // namespace store
