// SPDX-License-Identifier: Apache-2.0
// One connection of a worker to Redis, which is opened again when it ends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ngx/worker/fetch.hpp"
#include "ngx/worker/stream.hpp"
#include "redis/pipeline.hpp"

namespace ngx {

// What uses the connection.
class RedisUser {
public:
    // The server is a master, and knows us.
    virtual void up() = 0;
    // What was not answered has been called back.
    virtual void down() = 0;
    // What nobody has asked for; false: this connection is of no use.
    virtual bool heard(const redis::Reply&) = 0;

protected:
    ~RedisUser() = default;
};

class RedisLink final : private StreamUser {
public:
    // All outlive it. `purpose` is for the log.
    RedisLink(const SessionStore&, const char* purpose, Fetcher&, RedisUser&,
              ngx_log_t*);
    ~RedisLink();
    RedisLink(const RedisLink&) = delete;
    RedisLink& operator=(const RedisLink&) = delete;

    void open();
    void close();
    bool is_up() const noexcept { return state_ == State::up; }
    // Whether what is asked now has a chance.
    bool may_ask() const noexcept {
        return state_ == State::up || (state_ != State::resting && !failures_);
    }
    // `answered` comes in any case, and never from within this call: at the
    // latest after the timeout. False: not now; then it does not come.
    bool ask(const redis::Commands&, redis::Answered answered);
    bool tell(const redis::Command&);
    // Replies that are not answers are expected.
    void expect_news() noexcept { has_news_ = true; }
    // The server is not what it was: another one is looked for.
    void give_up(const char* why);

private:
    enum class State { closed, opening, greeting, up, resting };
    const std::vector<RedisServer>& candidates() const noexcept {
        return is_sentinel_used() ? conf_.sentinels : conf_.servers;
    }
    bool is_sentinel_used() const noexcept { return !conf_.sentinels.empty(); }

    void opened() noexcept override;
    void readable() noexcept override;
    void writable() noexcept override;
    void failed(const char* why) noexcept override;

    void connect();
    void greeted(const redis::Replies*);
    void lose(const char* why, bool try_next);
    void flush();
    void schedule() noexcept;
    void tick();
    static void on_timer(ngx_event_t*) noexcept;
    static void on_flush(ngx_event_t*) noexcept;
    void found(const redis::Replies*);
    // The one that is talked to.
    const RedisServer& server() const noexcept {
        return master_ ? *master_ : candidates()[next_ % candidates().size()];
    }
    bool is_asking_sentinel() const noexcept {
        return is_sentinel_used() && !master_;
    }

    const SessionStore& store_;
    const RedisConf& conf_;
    const char* purpose_;
    Fetcher& fetcher_;
    RedisUser& user_;
    ngx_log_t* log_;
    State state_ = State::closed;
    std::unique_ptr<Stream> stream_;
    std::unique_ptr<redis::Pipeline> pipeline_;
    struct Early {
        redis::Commands asked;
        redis::Answered answered;
        redis::Millis since;
    };
    std::vector<Early> early_;           // asked before the connection was up
    std::size_t next_ = 0;               // of the candidates
    std::optional<RedisServer> master_;  // that a Sentinel has named
    bool is_master_found_ = false;       // just now
    unsigned failures_ = 0;              // since it was up
    bool has_news_ = false;
    bool is_reported_ = false;  // that it is down
    redis::Millis heard_ = 0;
    redis::Millis rest_until_ = 0;
    const char* useless_ = nullptr;  // why the connection is to be given up
    ngx_event_t timer_{};
    ngx_event_t flush_{};
    ngx_connection_t dummy_{};
};

}  // namespace ngx
