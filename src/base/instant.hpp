// SPDX-License-Identifier: Apache-2.0
// Points and spans of time: whole seconds since the epoch, 64 bits wide.
#pragma once

#include <chrono>
#include <cstdint>

namespace base {

using Seconds = std::chrono::seconds;
using Instant = std::chrono::sys_seconds;

constexpr Instant instant(std::int64_t seconds_since_epoch) noexcept {
    return Instant{Seconds{seconds_since_epoch}};
}

constexpr std::int64_t seconds(Instant t) noexcept {
    return t.time_since_epoch().count();
}

// t + d, held within the range, so that a token's huge `exp` cannot wrap.
constexpr Instant saturating_add(Instant t, Seconds d) noexcept {
    if (d.count() > 0 && t > Instant::max() - d) {
        return Instant::max();
    }
    if (d.count() < 0 && t < Instant::min() - d) {
        return Instant::min();
    }
    return t + d;
}

}  // namespace base
