// SPDX-License-Identifier: Apache-2.0
// Lets one request of all workers do what is to be done once at a time, and
// wakes those that wait for it here.
#pragma once

#include <cstdint>
#include <vector>

#include "ngx/worker/lease.hpp"
#include "ngx/worker/waiter.hpp"

namespace ngx {

// A flight that a request holds; `owner` is 0 if it holds none.
struct Flight {
    LeasesOf leases = &CacheZone::flights;
    crypto::Digest256 key{};
    std::uint64_t owner = 0;
};

class SingleFlight final : private WaitingRoom {
public:
    SingleFlight(ngx_shm_zone_t* cache, ngx_log_t* log) noexcept;
    ~SingleFlight() override;

    // Whether the caller may continue: it holds the flight now, or there is no
    // room to store one. A holder that hangs loses it after `hold`; a holder
    // whose process dies, at once.
    bool take(const oidc::Await&, ngx_msec_t hold, Flight&);
    // Wakes the requests of this worker that wait for the flight by a posted
    // event, never from inside this call. Other workers notice soon.
    void end(Flight&) noexcept;
    void wait(const oidc::Await&, Waiter&);

    // Called often while requests wait, since flights of other workers may have
    // ended. It wakes those requests, and they try to take the flight
    // themselves.
    void poll();
    bool has_waiters() const noexcept { return !waiters_.empty(); }

private:
    void forget(Waiter&) noexcept override;
    static void on_ended(ngx_event_t*) noexcept;
    void wake(const crypto::Digest256& key) noexcept;
    bool is_free(const oidc::Await&);

    ngx_shm_zone_t* cache_;
    std::vector<Waiter*> waiters_;
    ngx_event_t ended_{};
};

}  // namespace ngx
