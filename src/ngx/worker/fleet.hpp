// SPDX-License-Identifier: Apache-2.0
// What this nginx shares with all others (`oidc_shared`): results that one of
// them has got, and who has ended. Shared memory has what is known here.
#pragma once

#include "ngx/worker/redis_lease.hpp"
#include "ngx/worker/shared_zone.hpp"
#include "ngx/worker/single_flight.hpp"
#include "ngx/worker/waiter.hpp"
#include "redis/mark_commands.hpp"

namespace ngx {

class Fleet final : private ChangeHearer {
public:
    Fleet(RedisClient&, ngx_shm_zone_t* cache);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    // Writes of a result, or of an end, that shared memory has already.
    void publish(const crypto::Digest256&, redis::Result, base::Instant now);
    void publish(const crypto::Digest256&, redis::Ended, base::Instant now);
    // Notes here what another nginx has got.
    void adopt(const crypto::Digest256&, const redis::Result&);

    // See SharedMarks::is_informed; always with `ended_unknown pass`.
    bool is_informed(base::Instant now) const noexcept {
        return !client_.conf().deny_unknown || client_.is_heard(now);
    }
    RedisClient& client() noexcept { return client_; }
    redis::ResultNames names(const crypto::Digest256&) const;

private:
    std::string prefix() const override;
    void changed(const std::vector<std::string>& names) override;
    void begun() override;
    void poll() override;

    void fall_behind();
    void scan(std::string cursor);
    void load(const std::vector<std::string>& names);
    void adopt(const crypto::Digest256&, const redis::Ended&);

    RedisClient& client_;
    ngx_shm_zone_t* cache_;
    bool is_behind_ = false;  // not all of what has ended is known here
    bool is_scanning_ = false;
};

// The flight of one request among all nginx. `Waiter::arrived` tells whether
// it is this request's; false: the result is here now, or will not be.
class FleetFlight final : private LeaseUser, private WaitingRoom {
public:
    // `here`: the flight among the workers, which ends if it is another nginx'.
    FleetFlight(Fleet&, SingleFlight&, Flight& here, std::int64_t hold,
                bool only_try);
    ~FleetFlight();

    const crypto::Digest256& key() const noexcept { return key_; }
    // Absent: it has to be waited for.
    std::optional<bool> outcome();
    void wait(const oidc::Await&, Waiter&);

private:
    void settled() noexcept override;
    void forget(Waiter&) noexcept override { waiter_ = nullptr; }

    Fleet& fleet_;
    SingleFlight& workers_;
    Flight& here_;
    crypto::Digest256 key_;
    Waiter* waiter_ = nullptr;
    std::optional<RedisLease> lease_;
};

}  // namespace ngx
