// SPDX-License-Identifier: Apache-2.0
// Leases for what one worker at a time does: fetch a key set, refresh a
// session, exchange a credential.
#pragma once

#include <cstdint>

#include "store/arena.hpp"
#include "store/stamp_table.hpp"

namespace store {

// Needs the caller's lock, and `recover` after taking it, like BlobTable. Times
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
    // `owner` is neither 0 nor all ones. The holder itself gets `held`, too,
    // since it may have two requests.
    Answer acquire(const Key&, std::uint64_t owner, std::int64_t now,
                   std::int64_t hold) noexcept;
    // Takes the lease from `gone`, whom `acquire` named and who is known to be
    // dead. False if another caller was faster.
    bool take_over(const Key&, std::uint64_t gone, std::uint64_t owner,
                   std::int64_t now, std::int64_t hold) noexcept;
    // Ends the caller's lease. It cannot be taken before `rest_until`, and
    // `acquire` reports why. False if it was no longer the caller's.
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
