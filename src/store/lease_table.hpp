// SPDX-License-Identifier: Apache-2.0
// Knows who may do a thing now that only one worker shall do: fetch a key
// set, refresh a session, swap a secret.
#pragma once

#include <cstdint>

#include "store/arena.hpp"
#include "store/stamp_table.hpp"

namespace store {

// As for BlobTable: the caller's lock, and `recover` after taking it. Times
// are milliseconds of one clock that all workers share.
class LeaseTable {
public:
    enum class Outcome {
        granted,  // the caller does it, and calls `release`
        held,     // another does it until the deadline
        resting,  // it was done a moment ago: not before `until`
        failing,  // it failed a moment ago: not before `until`
        full      // no room to note it
    };
    enum class Rest { done, failed };
    struct Answer {
        Outcome outcome;
        std::int64_t until;       // ms; of `full`: now
        std::uint64_t owner = 0;  // of `held`
    };

    using Stats = StampTable::Stats;

    static std::size_t bytes(std::uint32_t capacity) noexcept;
    static std::uint32_t capacity_for(std::size_t bytes) noexcept;
    static LeaseTable* create(Arena&, std::uint32_t capacity) noexcept;
    static LeaseTable* attach(void* at) noexcept;
    void recover() noexcept;

    // A holder that dies loses the lease at its deadline, or to `take_over`.
    // `owner` is neither 0 nor all ones.
    // The holder itself is told `held` too: it may be two requests.
    Answer acquire(const Key&, std::uint64_t owner, std::int64_t now,
                   std::int64_t hold) noexcept;
    // For whoever knows that `gone`, whom `acquire` named, does nothing any
    // more. False when it is not that one's now: another was faster.
    bool take_over(const Key&, std::uint64_t gone, std::uint64_t owner,
                   std::int64_t now, std::int64_t hold) noexcept;
    // Ends the caller's lease; nobody gets it before `rest_until`, and is
    // told why. False when it was no longer the caller's.
    bool release(const Key&, std::uint64_t owner, std::int64_t now,
                 std::int64_t rest_until, Rest why = Rest::done) noexcept;
    Stats stats() const noexcept { return owners_.stats(); }

private:
    friend struct Inspector;
    static constexpr Layout kLayout{0x4c454153, 3};
    static constexpr std::uint64_t kNobody = 0;
    static constexpr std::uint64_t kNobodyFailed = ~kNobody;

    LeaseTable() = default;

    Layout layout_ = kLayout;
    StampTable owners_;  // value: the owner, or one of nobody's
};

}  // namespace store
