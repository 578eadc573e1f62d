// SPDX-License-Identifier: Apache-2.0
// A right that one request of all nginx has at a time.
#pragma once

#include "ngx/worker/redis_client.hpp"

namespace ngx {

// Who waits for a lease.
class LeaseUser {
public:
    // From the event loop, never from within a call of the lease.
    virtual void settled() noexcept = 0;

protected:
    ~LeaseUser() = default;
};

// Asks until the right is free. It is given back at the latest by the
// destructor, also if Redis answers after that.
class RedisLease final : private Asker {
public:
    struct Terms {
        // The first command is SET NX PX; the others ask what is to be known.
        redis::Commands take;
        redis::Commands release;
        std::int64_t hold;  // ms; also how long it is waited for
        bool only_try = false;
        // Whether the other answers end the wait. Null: they do not.
        bool (*is_enough)(const redis::Replies&) = nullptr;
    };
    RedisLease(RedisClient&, Terms, LeaseUser&);
    ~RedisLease() override;

    bool is_settled() const noexcept { return is_settled_; }
    // Absent: Redis has not answered. Once it is settled.
    std::optional<bool> is_ours() const noexcept { return is_ours_; }
    // To all commands of the last question; empty: none came.
    const redis::Replies& answers() const noexcept { return answers_; }
    // It has gone by other means.
    void forget() noexcept { held_until_ = 0; }
    void release();

private:
    void answered(const redis::Replies*) noexcept override;
    void ask();
    bool judge(const redis::Replies*);
    static void on_retry(ngx_event_t*) noexcept;

    RedisClient& client_;
    Terms terms_;
    LeaseUser& user_;
    bool is_settled_ = false;
    std::optional<bool> is_ours_;
    redis::Replies answers_;
    std::int64_t give_up_;         // ms
    std::int64_t held_until_ = 0;  // ms
    ngx_event_t retry_{};
    ngx_connection_t dummy_{};
};

}  // namespace ngx
