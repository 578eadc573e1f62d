// SPDX-License-Identifier: Apache-2.0
// Wall clock (`ngx_time`) and monotonic clock.
#pragma once

#include <chrono>

#include "base/instant.hpp"
#include "ngx/ngx.hpp"

namespace ngx {

// The time cached by the event loop.
inline base::Instant now() {
    return base::instant(ngx_time());
}

// Milliseconds of one clock for all workers, which is never set: what waits
// by it does not wait for an hour that comes twice.
inline std::int64_t now_ms() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();

    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace ngx
