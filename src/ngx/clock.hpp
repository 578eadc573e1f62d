// Knows the time as the event loop keeps it.
#pragma once

#include "base/instant.hpp"
#include "ngx/ngx.hpp"

namespace ngx {

inline base::Instant now() {
    return base::instant(ngx_time());
}

// Milliseconds since the epoch: one clock for all workers.
inline std::int64_t now_ms() {
    const ngx_time_t* t = ngx_timeofday();
    return static_cast<std::int64_t>(t->sec) * 1000 +
           static_cast<std::int64_t>(t->msec);
}

}  // namespace ngx
