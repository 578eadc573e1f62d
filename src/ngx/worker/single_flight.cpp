// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/single_flight.hpp"

#include <algorithm>

#include "ngx/clock.hpp"
#include "ngx/guard.hpp"
#include "ngx/worker/lease.hpp"

namespace ngx {

namespace {

using Outcome = store::LeaseTable::Outcome;

}  // namespace

SingleFlight::SingleFlight(ngx_shm_zone_t* cache, ngx_log_t* log) noexcept
    : cache_(cache) {
    ended_.data = this;
    ended_.handler = on_ended;
    ended_.log = log;
}

void SingleFlight::on_ended(ngx_event_t* event) noexcept {
    guarded_call([&] { static_cast<SingleFlight*>(event->data)->poll(); });
}

SingleFlight::~SingleFlight() {
    if (ended_.posted) {
        ngx_delete_posted_event(&ended_);
    }
    while (!waiters_.empty()) {
        waiters_.back()->leave();
    }
}

bool SingleFlight::take(const oidc::Await& await, ngx_msec_t hold,
                        Flight& flight) {
    const LeasesOf leases =
        await.of_session ? &CacheZone::refreshes : &CacheZone::flights;
    const std::uint64_t owner = new_lease_owner();
    const auto response = take_lease(cache_, leases, await.flight, owner,
                                     static_cast<std::int64_t>(hold));
    if (response.outcome != Outcome::granted) {
        return response.outcome == Outcome::full && !await.of_session;
    }
    flight = {leases, await.flight, owner};
    return true;
}

void SingleFlight::end(Flight& flight) noexcept {
    if (flight.owner == 0) {
        return;
    }
    Flight ended = std::exchange(flight, Flight{});
    {
        std::int64_t now = now_ms();
        Locked<CacheZone> zone(cache_);
        zone[ended.leases].release(as_key(ended.key), ended.owner, now, now);
    }
    if (has_waiters()) {
        ngx_post_event(&ended_, &ngx_posted_events);
    }
}

void SingleFlight::wait(const oidc::Await& await, Waiter& waiter) {
    waiters_.push_back(&waiter);
    waiter.enter(*this, await);
}

void SingleFlight::forget(Waiter& waiter) noexcept {
    std::erase(waiters_, &waiter);
}

// Waiters are woken one at a time from the front, because each may add and
// remove others.
void SingleFlight::wake(const crypto::Digest256& key) noexcept {
    for (std::size_t left = waiters_.size(); left > 0; --left) {
        auto next = std::find_if(
            waiters_.begin(), waiters_.end(),
            [&](const Waiter* w) { return w->awaits().flight == key; });
        if (next == waiters_.end()) {
            return;
        }
        Waiter* waiter = *next;
        waiter->leave();
        waiter->arrived(false);
    }
}

bool SingleFlight::is_free(const oidc::Await& await) {
    Flight trial;
    const bool free = take(await, 1, trial);
    if (trial.owner != 0) {
        std::int64_t now = now_ms();
        Locked<CacheZone> zone(cache_);
        zone[trial.leases].release(as_key(trial.key), trial.owner, now, now);
    }
    return free;
}

void SingleFlight::poll() {
    std::vector<oidc::Await> turns;
    for (const Waiter* w : waiters_) {
        const oidc::Await& await = w->awaits();
        if (std::none_of(turns.begin(), turns.end(), [&](const auto& known) {
                return known.flight == await.flight;
            })) {
            turns.push_back(await);
        }
    }
    for (const oidc::Await& await : turns) {
        if (is_free(await)) {
            wake(await.flight);
        }
    }
}

}  // namespace ngx
