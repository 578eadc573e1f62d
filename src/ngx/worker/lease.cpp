// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/lease.hpp"

#include <cerrno>
#include <csignal>

#include "ngx/clock.hpp"

namespace ngx {

namespace {

using Outcome = store::LeaseTable::Outcome;

constexpr unsigned kPidShift = 32;
std::uint32_t g_last_owner;

// One that hangs is not gone: its deadline is what ends its leases, and those
// of a process whose id another one has got.
bool is_gone(std::uint64_t owner) noexcept {
    const auto pid = static_cast<pid_t>(owner >> kPidShift);
    return kill(pid, 0) == -1 && errno == ESRCH;
}

}  // namespace

std::uint64_t new_lease_owner() noexcept {
    return static_cast<std::uint64_t>(ngx_pid) << kPidShift | ++g_last_owner;
}

store::LeaseTable::Answer take_lease(ngx_shm_zone_t* cache, LeasesOf leases,
                                     const crypto::Digest256& key,
                                     std::uint64_t owner,
                                     std::int64_t hold_ms) {
    const std::int64_t now = now_ms();
    store::LeaseTable::Answer answer;
    {
        Locked<CacheZone> zone(cache);
        answer = zone[leases].acquire(as_key(key), owner, now, hold_ms);
    }
    if (answer.outcome != Outcome::held || !is_gone(answer.owner)) {
        return answer;
    }
    Locked<CacheZone> zone(cache);
    if (zone[leases].take_over(as_key(key), answer.owner, owner, now,
                               hold_ms)) {
        answer.outcome = Outcome::granted;
    }
    return answer;
}

}  // namespace ngx
