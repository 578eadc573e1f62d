// SPDX-License-Identifier: Apache-2.0
// How many events there were in the last second, in shared memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace store {

// Needs the caller's lock. Zeroed memory is an empty one, and whatever a killed
// process leaves is off by its last event.
class RateWindow {
public:
    // Events of the second before `now`, and of up to kSlice more: what is
    // counted as a second here is one at the provider, too, if calls take
    // different times to get there. The clock is the machine's, in
    // milliseconds, and never goes back; one that is behind counts as equal.
    std::uint32_t used(std::int64_t now) noexcept;
    void add(std::int64_t now) noexcept;

    static constexpr std::int64_t kSlice = 125;  // ms

private:
    static constexpr std::size_t kSlices = 1000 / kSlice + 1;

    void move_to(std::int64_t now) noexcept;

    std::int64_t slice_;  // the newest
    std::uint32_t counts_[kSlices];
};

}  // namespace store
