// SPDX-License-Identifier: Apache-2.0
// AC-368: whoever takes the lock of a killed worker finds every entry that
// was whole, nothing that was not, and a table that works.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "store/inspector.hpp"
#include "store/region.hpp"
#include "store/stepper.hpp"

namespace store {
namespace {

// Bytes that say themselves whether they are whole.
std::string text(int key, unsigned version) {
    std::string bytes(30 + (version * 37 + key * 101) % 700, '\0');
    for (std::size_t i = 0; i < bytes.size(); i++) {
        bytes[i] = static_cast<char>(key * 7 + version + i * 3);
    }
    return std::to_string(version) + ":" + bytes;
}

bool is_whole(int key, const std::string& bytes) {
    return bytes == text(key, static_cast<unsigned>(std::stoul(bytes)));
}

class KilledTest : public ::testing::Test {
protected:
    KilledTest() {
        Arena arena = region_.arena();
        stamps_ = StampTable::create(arena, 6);
        leases_ = LeaseTable::create(arena, 4);
        blobs_ = BlobTable::create(arena, 300);
    }
    template <class Table>
    Table& in(const Region& copy, Table* table) const {
        return *static_cast<Table*>(
            static_cast<void*>(static_cast<char*>(copy.base()) +
                               (reinterpret_cast<char*>(table) -
                                static_cast<char*>(region_.base()))));
    }
    // What key 0 may hold afterwards: its old text, its new one or nothing.
    void check_blobs(const Region& copy, bool others_stay) const {
        BlobTable& table = in(copy, blobs_);
        table.recover();
        ASSERT_EQ(Inspector::check(table), "");
        for (int key = 0; key < 6; key++) {
            std::string bytes;
            if (table.find(TestKey(key), kNow, bytes)) {
                ASSERT_TRUE(is_whole(key, bytes)) << key;
            } else if (others_stay) {
                ASSERT_EQ(key, 0) << "an entry not being changed is lost";
            }
        }
        ASSERT_TRUE(table.put(TestKey(0), text(0, 9), kNow, kEnd));
        ASSERT_EQ(Inspector::check(table), "");
    }
    void check_stamps(const Region& copy) const {
        StampTable& table = in(copy, stamps_);
        table.recover();
        ASSERT_EQ(Inspector::check(table), "");
        for (int key = 1; key < 5; key++) {
            const auto found = table.find(TestKey(key), kNow);
            ASSERT_TRUE(found && found->value == 7u);
        }
        const auto changed = table.find(TestKey(0), kNow);
        ASSERT_TRUE(!changed || changed->value == 7u || changed->value == 8u);
        table.put(TestKey(0), {kEnd, 8}, kNow);
        ASSERT_EQ(Inspector::check(table), "");
    }
    void put_blobs(int from) {
        for (int key = from; key < 6; key++) {
            ASSERT_TRUE(blobs_->put(TestKey(key), text(key, 1), kNow, kEnd));
        }
        ASSERT_EQ(blobs_->stats().evictions, 0u);
    }
    template <class Change>
    void step_blobs(Change change, bool others_stay = true) {
        const int states =
            after_each_instruction(region_, change, [&](const Region& copy) {
                if (!HasFatalFailure()) {
                    check_blobs(copy, others_stay);
                }
            });
        EXPECT_GT(states, 3);
        check_blobs(region_, others_stay);
    }
    template <class Change>
    void step_stamps(Change change) {
        for (int key = 1; key < 5; key++) {
            stamps_->put(TestKey(key), {kEnd, 7}, kNow);
        }
        const int states =
            after_each_instruction(region_, change, [&](const Region& copy) {
                if (!HasFatalFailure()) {
                    check_stamps(copy);
                }
            });
        EXPECT_GT(states, 3);
    }

    Region region_{1 << 14};
    StampTable* stamps_;
    LeaseTable* leases_;
    BlobTable* blobs_;
};

TEST_F(KilledTest, AtAnyInstructionOfABlobsInsert) {
    put_blobs(1);
    step_blobs([&] { blobs_->put(TestKey(0), text(0, 2), kNow, kEnd); });
}

TEST_F(KilledTest, AtAnyInstructionOfABlobsRewrite) {
    put_blobs(0);
    step_blobs([&] { blobs_->put(TestKey(0), text(0, 3), kNow, kEnd); });
}

TEST_F(KilledTest, AtAnyInstructionOfABlobsRemoval) {
    put_blobs(0);
    step_blobs([&] { blobs_->remove(TestKey(0)); });
}

TEST_F(KilledTest, AtAnyInstructionOfABlobsLookUp) {
    put_blobs(0);
    step_blobs([&] {
        std::string bytes;
        blobs_->find(TestKey(0), kNow, bytes);
    });
}

TEST_F(KilledTest, AtAnyInstructionOfAnEviction) {
    put_blobs(0);
    const std::string large(9000, '\0');
    step_blobs([&] { blobs_->put(TestKey(77), large, kNow, kEnd); }, false);
}

TEST_F(KilledTest, AtAnyInstructionOfARecovery) {
    put_blobs(0);
    Inspector::begin(*blobs_);
    step_blobs([&] { blobs_->recover(); });
    EXPECT_EQ(blobs_->stats().entries, 6u);
}

TEST_F(KilledTest, AtAnyInstructionOfAStampsInsert) {
    step_stamps([&] { stamps_->put(TestKey(0), {kEnd, 8}, kNow); });
}

TEST_F(KilledTest, AtAnyInstructionOfAStampsRewrite) {
    stamps_->put(TestKey(0), {kEnd, 7}, kNow);
    step_stamps([&] { stamps_->put(TestKey(0), {kEnd, 8}, kNow); });
}

TEST_F(KilledTest, AtAnyInstructionOfAStampsRemoval) {
    stamps_->put(TestKey(0), {kEnd, 7}, kNow);
    step_stamps([&] { stamps_->remove(TestKey(0)); });
}

TEST_F(KilledTest, AtAnyInstructionOfAStampsPutOnce) {
    step_stamps([&] { stamps_->put_once(TestKey(0), {kEnd, 7}, kNow); });
}

TEST_F(KilledTest, AtAnyInstructionOfASearchForExpiredStamps) {
    stamps_->put(TestKey(50), {kNow, 1}, kNow - 5);
    stamps_->put(TestKey(51), {kNow, 1}, kNow - 5);
    step_stamps([&] { stamps_->put_if_absent(TestKey(0), {kEnd, 8}, kNow); });
    EXPECT_TRUE(stamps_->find(TestKey(0), kNow));
}

TEST_F(KilledTest, AtAnyInstructionOfALease) {
    leases_->acquire(TestKey(1), 5, kNow, 100);
    const int states = after_each_instruction(
        region_,
        [&] {
            leases_->acquire(TestKey(2), 6, kNow, 100);
            leases_->release(TestKey(2), 6, kNow, kNow + 50);
        },
        [&](const Region& copy) {
            LeaseTable& table = in(copy, leases_);
            table.recover();
            EXPECT_EQ(Inspector::check(table), "");
            EXPECT_EQ(table.acquire(TestKey(1), 7, kNow, 9).outcome,
                      LeaseTable::Outcome::held);
            EXPECT_EQ(table.acquire(TestKey(2), 7, kNow + 100, 9).outcome,
                      LeaseTable::Outcome::granted);
        });
    EXPECT_GT(states, 10);
}

// As it happens: a worker busy with everything, killed at no particular time.
[[noreturn]] void work(BlobTable& blobs, unsigned seed,
                       std::atomic<unsigned>& changes) {
    std::mt19937 random(seed);
    std::string bytes;
    for (;; changes++) {
        const int key = static_cast<int>(random() % 40);
        switch (random() % 5) {
            case 0:
                blobs.remove(TestKey(key));
                break;
            case 1:
                blobs.find(TestKey(key), kNow, bytes);
                break;
            default:
                blobs.put(TestKey(key), text(key, random() % 1000), kNow, kEnd);
        }
    }
}

// Until it has happened within a change, too: when the machine is busy, a
// worker may seldom run.
TEST_F(KilledTest, AtRandomMomentsOfManyChanges) {
    const Region shared{1 << 12};
    auto& changes = *new (shared.base()) std::atomic<unsigned>;
    const auto is_caught = [&] { return blobs_->stats().recoveries > 0; };
    for (unsigned round = 0; round < 300 || !is_caught(); round++) {
        changes = 0;
        const pid_t child = fork();
        if (child == 0) {
            work(*blobs_, round, changes);
        }
        while (changes < 20 + round * 7 % 900) {
            ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "it ended";
            std::this_thread::yield();
        }
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        blobs_->recover();
        ASSERT_EQ(Inspector::check(*blobs_), "") << round;
        for (int key = 0; key < 40; key++) {
            std::string bytes;
            ASSERT_TRUE(!blobs_->find(TestKey(key), kNow, bytes) ||
                        is_whole(key, bytes));
        }
    }
}

// Damage that no kill could do ends no other entry, and recovery always ends.
TEST_F(KilledTest, AnyDamageToTheIndexAndToOneEntry) {
    for (unsigned round = 0; round < 500; round++) {
        std::mt19937 random(round);
        put_blobs(0);
        BlobTable::Ref ref;
        blobs_->put(TestKey(0), text(0, round), kNow, kEnd, &ref);
        const bool breaks = round % 2 == 0;
        if (breaks) {
            Inspector::break_entry(*blobs_, ref.slot, random);
        }
        Inspector::tear(*blobs_, random);
        blobs_->recover();
        ASSERT_EQ(blobs_->is_current(ref), !breaks) << round;
        ASSERT_EQ(blobs_->stats().entries, breaks ? 5u : 6u);
        check_blobs(region_, true);
        if (HasFatalFailure()) {
            return;
        }
    }
}

// A session that was logged out must not come back with a later repair.
TEST_F(KilledTest, WhatWasRemovedStaysRemoved) {
    put_blobs(0);
    stamps_->put(TestKey(0), {kEnd, 7}, kNow);
    EXPECT_TRUE(blobs_->remove(TestKey(0)));
    EXPECT_TRUE(stamps_->remove(TestKey(0)));
    Inspector::begin(*blobs_);
    Inspector::begin(*stamps_);
    blobs_->recover();
    stamps_->recover();
    EXPECT_EQ(blobs_->stats().entries, 5u);
    EXPECT_EQ(stamps_->stats().entries, 0u);
}

TEST_F(KilledTest, RecoveryKeepsTheOrderOfUse) {
    const std::array<int, 6> order{3, 0, 5, 1, 4, 2};
    std::array<BlobTable::Ref, 6> refs;
    std::int64_t now = kNow;
    std::string bytes;

    put_blobs(0);
    for (std::size_t i = 0; i < order.size(); i++) {
        refs[i] = blobs_->find(TestKey(order[i]), ++now, bytes)->ref;
    }
    Inspector::begin(*blobs_);
    blobs_->recover();
    for (int key = 100; blobs_->is_current(refs.back()); key++) {
        blobs_->put(TestKey(key), text(0, 1), now, kEnd);
        for (std::size_t i = 1; i < refs.size(); i++) {
            ASSERT_LE(blobs_->is_current(refs[i - 1]),
                      blobs_->is_current(refs[i]));
        }
        ASSERT_LT(key, 1000);
    }
}

}  // namespace
}  // namespace store
