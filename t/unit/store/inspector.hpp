// SPDX-License-Identifier: Apache-2.0
// Knows what must hold in every table whenever no change is under way, and
// how to do damage.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "store/blob_table.hpp"
#include "store/lease_table.hpp"
#include "store/stamp_table.hpp"

namespace store {

// Each `check` gives what does not hold, or "".
struct Inspector {
    template <class Entry, class Live>
    static std::string check(const Index<Entry>& index, Live live) {
        std::vector<int> seen(index.capacity_, 0);
        std::uint32_t found = 0;

        for (std::uint32_t b = 0; b <= index.mask_; b++) {
            for (auto slot = index.buckets()[b]; slot != kNone;
                 slot = index[slot].link.next, found++) {
                if (slot >= index.fresh_ || seen[slot]++ != 0) {
                    return "a bucket's chain leaves the slots or loops";
                }
                if (&index.bucket(index[slot].key) != index.buckets() + b) {
                    return "an entry stands in another's bucket";
                }
                if (!live(index[slot])) {
                    return "a dead entry can be found";
                }
            }
        }
        if (found != index.live_) {
            return "the count of entries is wrong";
        }
        return check_lists(index, seen, found);
    }

    template <class Entry>
    static std::string check_lists(const Index<Entry>& index,
                                   std::vector<int>& seen,
                                   std::uint32_t found) {
        std::uint32_t older = kNone, aged = 0, free = 0;
        for (auto slot = index.oldest_; slot != kNone;
             older = slot, slot = index[slot].link.newer, aged++) {
            if (slot >= index.fresh_ || seen[slot]++ != 1 ||
                index[slot].link.older != older) {
                return "the list by age is broken";
            }
        }
        if (aged != found || index.newest_ != older) {
            return "the list by age is not whole";
        }
        for (auto slot = index.free_; slot != kNone;
             slot = index[slot].link.next, free++) {
            if (slot >= index.fresh_ || seen[slot]++ != 0) {
                return "the list of free slots is broken";
            }
        }
        return found + free == index.fresh_ ? "" : "a slot is lost";
    }

    static std::string check(const BlockPool& pool) {
        std::uint32_t free = 0;
        for (auto at = pool.free_; at != kNone; at = pool.block(at).next) {
            if (at >= pool.fresh_ || pool.block(at).owner != kNone ||
                free++ > pool.total_) {
                return "the list of free blocks is broken";
            }
        }
        return free + pool.used_ == pool.fresh_ && pool.fresh_ <= pool.total_
                   ? ""
                   : "a block is lost";
    }

    static std::string check(const StampTable& table) {
        if (table.dirty_.set()) {
            return "dirty";
        }
        std::int64_t soonest = table.soonest_;
        bool missed = false;
        auto wrong = check(table.index_, [&](const StampTable::Entry& e) {
            missed = missed || e.stamp.until < soonest;
            return e.seal == StampTable::seal(e);
        });
        return missed ? "an entry ends before the soonest" : wrong;
    }

    static std::string check(const LeaseTable& table) {
        return check(table.owners_);
    }

    static std::string check(const BlobTable& table) {
        if (table.dirty_.set()) {
            return "dirty";
        }
        std::uint32_t blocks = 0;
        auto wrong = check(table.index_, [&](const BlobTable::Entry& e) {
            auto at = e.first;
            auto left = table.pool_.blocks_for(e.size);
            auto slot = static_cast<std::uint32_t>(&e - &table.index_[0]);
            for (; left != 0 && at < table.pool_.fresh_; left--, blocks++) {
                if (table.pool_.block(at).owner != slot) {
                    return false;
                }
                at = table.pool_.block(at).next;
            }
            return left == 0 && at == kNone && e.version % 2 == 1 &&
                   e.seal == table.seal(e);
        });
        if (wrong.empty() && blocks != table.pool_.used_) {
            wrong = "the count of blocks is wrong";
        }
        return wrong.empty() ? check(table.pool_) : wrong;
    }

    // What a torn change could leave, and worse: every link, list end and
    // count may be anything. Entries are left alone.
    template <class Entry>
    static void tear(Index<Entry>& index, std::mt19937& random) {
        const auto any = [&](std::uint32_t& word) {
            if (random() % 3 == 0) {
                word = random() % 2 == 0 ? static_cast<std::uint32_t>(random())
                                         : random() % (index.fresh_ + 1);
            }
        };
        for (std::uint32_t slot = 0; slot < index.fresh_; slot++) {
            any(index[slot].link.next);
            any(index[slot].link.newer);
            any(index[slot].link.older);
        }
        for (std::uint32_t b = 0; b <= index.mask_; b++) {
            any(index.buckets()[b]);
        }
        any(index.live_);
        any(index.free_);
        any(index.newest_);
        any(index.oldest_);
    }

    static void tear(StampTable& table, std::mt19937& random) {
        table.dirty_.begin();
        table.hand_ = static_cast<std::uint32_t>(random());
        tear(table.index_, random);
    }

    static void tear(BlobTable& table, std::mt19937& random) {
        table.dirty_.begin();
        tear(table.index_, random);
        table.pool_.used_ = static_cast<std::uint32_t>(random());
        table.pool_.free_ = static_cast<std::uint32_t>(random());
        for (std::uint32_t b = 0; b < table.pool_.fresh_; b++) {
            table.pool_.block(b).owner = static_cast<std::uint32_t>(random());
        }
    }

    // Cuts one live entry's chain, its bytes or its description.
    static void break_entry(BlobTable& table, std::uint32_t slot,
                            std::mt19937& random) {
        auto& e = table.index_[slot];
        switch (random() % 5) {
            case 0:
                table.pool_.block(e.first).next ^=
                    static_cast<std::uint32_t>(1 + random() % 0xff);
                break;
            case 1:
                table.pool_.bytes(e.first)[0] ^= 1;
                break;
            case 2:
                e.first ^= static_cast<std::uint32_t>(1 + random() % 0xffff);
                break;
            case 3:
                e.size ^= static_cast<std::uint32_t>(1U << (random() % 32));
                break;
            default:
                e.expires ^= 1;
        }
    }

    static void break_entry(StampTable& table, std::uint32_t slot) {
        table.index_[slot].stamp.value ^= 1;
    }
    static std::uint32_t slot_of(const StampTable& table, const Key& key) {
        return table.index_.find(key);
    }
    template <class Table>
    static void relabel(Table& table) {
        table.layout_.number++;
    }
    static void begin(StampTable& table) { table.dirty_.begin(); }
    static void begin(BlobTable& table) { table.dirty_.begin(); }
};

}  // namespace store
