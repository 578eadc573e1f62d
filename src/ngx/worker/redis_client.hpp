// SPDX-License-Identifier: Apache-2.0
// A session store in Redis, as one worker sees it: the connection for
// questions, and, in one worker of this nginx, the connection that hears of
// changes, which end the copies in shared memory.
#pragma once

#include <deque>
#include <unordered_map>

#include "ngx/worker/redis_link.hpp"
#include "oidc/ports.hpp"
#include "redis/session_commands.hpp"

namespace ngx {

class RedisClient;

// What waits for an answer, and may be gone when it comes.
class Asker {
public:
    Asker() = default;
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;
    // Null: none came.
    virtual void answered(const redis::Replies*) noexcept = 0;

protected:
    virtual ~Asker();

private:
    friend class RedisClient;
    RedisClient* asked_ = nullptr;
    std::uint64_t number_ = 0;
};

// Who is told what else changes in Redis, in the worker that listens.
class ChangeHearer {
public:
    // What the names begin with.
    virtual std::string prefix() const = 0;
    virtual void changed(const std::vector<std::string>& names) = 0;
    // From now on; what was before has to be read.
    virtual void begun() = 0;
    // Called once a second.
    virtual void poll() = 0;

protected:
    ~ChangeHearer() = default;
};

// The digest that a name has in base64url.
std::optional<crypto::Digest256> digest_in(std::string_view text);

class RedisClient {
public:
    RedisClient(const SessionStore&, ngx_shm_zone_t* cache, Fetcher&,
                ngx_log_t*);
    ~RedisClient();
    RedisClient(const RedisClient&) = delete;
    RedisClient& operator=(const RedisClient&) = delete;

    // Called once a second.
    void poll();

    bool may_ask() const noexcept { return questions_.may_ask(); }
    bool is_up() const noexcept { return questions_.is_up(); }
    // Whether changes are heard of, by some worker.
    bool is_heard(base::Instant now) const noexcept;
    // See RedisLink::ask. Replies that say that the server is no master any
    // more are answered with nothing.
    bool ask(const redis::Commands&, redis::Answered);
    // The same for somebody who asks one thing at a time. `always`, if there is
    // one, comes first, also if the asker is gone by then.
    using Always = std::function<void(const redis::Replies*, bool is_gone)>;
    bool ask(const redis::Commands&, Asker&, Always always = nullptr);
    // A write that must not be lost: it is made again when Redis answers, until
    // `lasts` is over.
    void write_later(redis::Commands, base::Seconds lasts);

    // One at a time; before the first poll.
    void tell_changes(ChangeHearer* hearer) noexcept { hearer_ = hearer; }

    const RedisConf& conf() const noexcept { return store_.redis; }
    redis::SessionNames names(const oidc::SessionKey&) const;

private:
    friend class Asker;
    // Each connection tells its own user.
    struct Questions final : RedisUser {
        explicit Questions(RedisClient& c) : client(c) {}
        void up() override { client.write_what_is_left(); }
        void down() override {}
        bool heard(const redis::Reply&) override { return false; }
        RedisClient& client;
    };
    struct Changes final : RedisUser {
        explicit Changes(RedisClient& c) : client(c) {}
        void up() override { client.listen(); }
        void down() override {}
        bool heard(const redis::Reply& reply) override {
            return client.heard(reply);
        }
        RedisClient& client;
    };

    void listen();
    bool heard(const redis::Reply&);
    bool forget(std::string_view name);
    void forget_all();
    void note_heard();
    void write_what_is_left();
    bool take_listening();
    void end_listening();

    const SessionStore& store_;
    ngx_shm_zone_t* cache_;
    ngx_log_t* log_;
    crypto::Digest256 listener_key_;
    std::uint64_t owner_ = 0;  // of the right to listen; 0: not ours
    ChangeHearer* hearer_ = nullptr;
    bool is_tracking_ = false;
    bool is_refused_reported_ = false;
    struct Left {
        redis::Commands asked;
        base::Instant until;
    };
    std::deque<Left> left_;
    std::unordered_map<std::uint64_t, Asker*> askers_;
    std::uint64_t last_asker_ = 0;
    Questions asks_;
    Changes hears_;
    RedisLink questions_;
    RedisLink changes_;
};

}  // namespace ngx
