// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/call_limits.hpp"

#include "ngx/clock.hpp"

namespace ngx {

CallRates::CallRates(const ProviderConf& conf, ngx_shm_zone_t* cache,
                     std::uint32_t place)
    : rates_(*conf.call_rates), cache_(cache) {
    const auto& zone = *static_cast<CacheZone*>(cache->data);
    windows_ = zone.call_windows[place % zone.call_window_rows];
}

// A call that is of several kinds is counted by all rates or by none.
bool CallRates::take(const oidc::Call& call) const {
    const std::int64_t now = now_ms();
    const oidc::Urgency urgency = oidc::urgency(call);
    ZoneLock lock(cache_);
    for (std::size_t i = 0; i < rates_.size(); i++) {
        if (rates_[i].has(call.kind) &&
            windows_[i].used(now) >= rates_[i].limit(urgency)) {
            return false;
        }
    }
    for (std::size_t i = 0; i < rates_.size(); i++) {
        if (rates_[i].has(call.kind)) {
            windows_[i].add(now);
        }
    }
    return true;
}

}  // namespace ngx
