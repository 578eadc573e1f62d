// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/redis_link.hpp"

#include <algorithm>

#include "ngx/clock.hpp"
#include "ngx/guard.hpp"
#include "ngx/log.hpp"

namespace ngx {

namespace {

using redis::Millis;

constexpr Millis kSilence = 1000;       // ms, then a PING
constexpr Millis kDeadAfter = 2000;     // ms without an answer
constexpr ngx_msec_t kBusyTick = 50;    // ms, while an answer is awaited
constexpr ngx_msec_t kIdleTick = 1000;  // ms
constexpr Millis kFirstRest = 100;      // ms, doubled by each failure
constexpr Millis kLongestRest = 5000;   // ms
// Commands that wait for the connection to be opened.
constexpr std::size_t kMaxEarly = 1024;
constexpr std::size_t kReadAtOnce = 1024 * 1024;  // bytes

Millis clock_ms() {
    return static_cast<Millis>(now_ms());
}

// Different from worker to worker, so that they do not come back together.
Millis rest_after(unsigned failures) {
    const Millis longest =
        std::min(kLongestRest, kFirstRest << std::min(failures, 6u));
    return longest / 2 + static_cast<Millis>(ngx_random()) % (longest / 2);
}

}  // namespace

RedisLink::RedisLink(const SessionStore& store, const char* purpose,
                     Fetcher& fetcher, RedisUser& user, ngx_log_t* log)
    : store_(store),
      conf_(store.redis),
      purpose_(purpose),
      fetcher_(fetcher),
      user_(user),
      log_(log),
      next_(0) {
    dummy_.fd = static_cast<ngx_socket_t>(-1);
    dummy_.data = this;
    timer_.data = &dummy_;
    timer_.handler = on_timer;
    timer_.log = log;
    timer_.cancelable = 1;
    flush_.data = this;
    flush_.handler = on_flush;
    flush_.log = log;
}

RedisLink::~RedisLink() {
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
    if (flush_.posted) {
        ngx_delete_posted_event(&flush_);
    }
}

void RedisLink::open() {
    if (state_ == State::closed) {
        connect();
    }
}

void RedisLink::close() {
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
    state_ = State::closed;
    stream_.reset();
    if (const auto old = std::move(pipeline_)) {
        old->close();
    }
}

void RedisLink::connect() {
    useless_ = nullptr;
    stream_.reset();
    pipeline_ = std::make_unique<redis::Pipeline>();
    state_ = State::opening;
    stream_ = fetcher_.open(conf_, server(), *this);
    if (!stream_) {
        lose("the connection could not be begun", true);
        return;
    }
    schedule();
}

void RedisLink::opened() noexcept {
    guarded_call([&] {
        state_ = State::greeting;
        heard_ = clock_ms();
        if (is_asking_sentinel()) {
            pipeline_->ask(
                redis::ask_for_master(conf_.sentinel_master), heard_,
                [this](const redis::Replies* replies) { found(replies); });
        } else {
            pipeline_->ask(
                redis::handshake(conf_.credentials), heard_,
                [this](const redis::Replies* replies) { greeted(replies); });
        }
        flush();
    });
}

void RedisLink::failed(const char* why) noexcept {
    guarded_call([&] { lose(why, true); });
}

// Called from within Pipeline::feed: the connection is not closed here.
void RedisLink::found(const redis::Replies* replies) {
    const auto address =
        replies ? redis::master_address(*replies) : std::nullopt;
    if (replies && !address) {
        useless_ = "the Sentinel knows no such master";
    } else if (address) {
        master_ = RedisServer{
            .host = address->host,
            .port = address->port,
            .path = "",
            .name = address->host + ":" + std::to_string(address->port)};
        is_master_found_ = true;
    }
}

// As above.
void RedisLink::greeted(const redis::Replies* replies) {
    if (replies == nullptr) {
        return;
    }
    switch (redis::greeting(*replies)) {
        case redis::Greeting::master:
            break;
        case redis::Greeting::replica:
            useless_ = "it is not a master, or not ready";
            return;
        case redis::Greeting::refused:
            useless_ = "it refuses the user name or password";
            return;
        case redis::Greeting::nonsense:
            useless_ = "it does not answer as Redis does";
            return;
    }
    state_ = State::up;
    failures_ = 0;
    if (std::exchange(is_reported_, false)) {
        ngx_log_error(NGX_LOG_NOTICE, log_, 0,
                      "auth_oidc: session store \"%s\": %s (%s) answers again",
                      store_.name.c_str(), server().name.c_str(), purpose_);
    }
    for (Early& early : std::exchange(early_, {})) {
        pipeline_->ask(early.asked, early.since, std::move(early.answered));
    }
    user_.up();
}

void RedisLink::give_up(const char* why) {
    if (useless_ == nullptr && state_ == State::up) {
        useless_ = why;
        ngx_post_event(&flush_, &ngx_posted_events);
    }
}

// The next server is tried at once, until each has been.
void RedisLink::lose(const char* why, bool try_next) {
    failures_++;
    if (!is_reported_ && failures_ >= candidates().size()) {
        is_reported_ = true;
        ngx_log_error(NGX_LOG_ERR, log_, 0,
                      "auth_oidc: session store \"%s\": %s (%s): %s",
                      store_.name.c_str(), server().name.c_str(), purpose_,
                      why);
    }
    useless_ = nullptr;
    has_news_ = false;
    is_master_found_ = false;
    master_.reset();
    stream_.reset();
    const auto old = std::move(pipeline_);
    pipeline_.reset();
    state_ = State::resting;
    const bool is_round = failures_ % candidates().size() == 0;
    rest_until_ = clock_ms() +
                  (is_round ? rest_after(failures_ / static_cast<unsigned>(
                                                         candidates().size()))
                            : 0);
    if (try_next) {
        next_++;
    }
    if (old) {
        old->close();
    }
    for (const Early& early : std::exchange(early_, {})) {
        early.answered(nullptr);
    }
    user_.down();
    schedule();
}

bool RedisLink::ask(const redis::Commands& asked, redis::Answered answered) {
    if (state_ == State::up) {
        if (!pipeline_->ask(asked, clock_ms(), std::move(answered))) {
            return false;
        }
        if (!flush_.posted) {
            ngx_post_event(&flush_, &ngx_posted_events);
        }
        schedule();
        return true;
    }
    if (!may_ask() || early_.size() >= kMaxEarly) {
        return false;
    }
    early_.push_back({asked, std::move(answered), clock_ms()});
    schedule();
    return true;
}

bool RedisLink::tell(const redis::Command& command) {
    if (state_ != State::up || !pipeline_->tell(command)) {
        return false;
    }
    ngx_post_event(&flush_, &ngx_posted_events);
    return true;
}

void RedisLink::readable() noexcept {
    guarded_call([&] {
        std::string bytes;
        const auto state = stream_->read(bytes, kReadAtOnce);
        const std::function<void(const redis::Reply&)> news =
            [this](const redis::Reply& reply) {
                if (!user_.heard(reply)) {
                    useless_ = "it says what was not asked for";
                }
            };
        if (!bytes.empty()) {
            heard_ = clock_ms();
        }
        const bool is_good = pipeline_->feed(
            bytes,
            has_news_ ? news : std::function<void(const redis::Reply&)>());
        if (state == Stream::State::ended) {
            lose("it closed the connection", false);
        } else if (!is_good) {
            lose("it does not answer as Redis does", true);
        } else if (useless_) {
            lose(useless_, true);
        } else if (std::exchange(is_master_found_, false)) {
            connect();
        } else {
            flush();
        }
    });
}

void RedisLink::writable() noexcept {
    guarded_call([&] { flush(); });
}

void RedisLink::flush() {
    if (useless_) {
        lose(useless_, true);
        return;
    }
    if (stream_ && state_ != State::opening && pipeline_ &&
        !pipeline_->output().empty() &&
        stream_->write(pipeline_->output()) == Stream::State::ended) {
        lose("the connection broke", false);
    }
}

void RedisLink::on_flush(ngx_event_t* event) noexcept {
    guarded_call([&] { static_cast<RedisLink*>(event->data)->flush(); });
}

void RedisLink::on_timer(ngx_event_t* event) noexcept {
    auto* dummy = static_cast<ngx_connection_t*>(event->data);
    guarded_call([&] { static_cast<RedisLink*>(dummy->data)->tick(); });
}

void RedisLink::schedule() noexcept {
    const bool is_busy = !early_.empty() || state_ == State::greeting ||
                         (pipeline_ && pipeline_->is_waiting());
    ngx_msec_t next = is_busy ? kBusyTick : kIdleTick;
    if (state_ == State::resting) {
        const Millis now = clock_ms();
        next =
            static_cast<ngx_msec_t>(rest_until_ > now ? rest_until_ - now : 1);
    }
    if (timer_.timer_set && (!is_busy || state_ == State::resting)) {
        ngx_del_timer(&timer_);
    }
    if (!timer_.timer_set ||
        static_cast<ngx_msec_int_t>(timer_.timer.key - ngx_current_msec) >
            static_cast<ngx_msec_int_t>(next)) {
        ngx_add_timer(&timer_, next);
    }
}

void RedisLink::tick() {
    const Millis now = clock_ms();
    const Millis timeout = static_cast<Millis>(conf_.outbound.timeout);
    std::vector<redis::Answered> late;
    std::erase_if(early_, [&](Early& early) {
        const bool is_late = early.since + timeout < now;
        if (is_late) {
            late.push_back(std::move(early.answered));
        }
        return is_late;
    });
    for (const auto& answered : late) {
        answered(nullptr);
    }
    if (state_ == State::resting && now >= rest_until_) {
        connect();
        return;
    }
    if (state_ == State::greeting && now > heard_ + kDeadAfter) {
        lose("it does not answer", true);
        return;
    }
    if (state_ == State::up) {
        if (now > timeout) {
            pipeline_->give_up(now - timeout);
        }
        if (now > heard_ + kSilence + kDeadAfter ||
            (pipeline_->is_waiting() &&
             now > pipeline_->waiting_since() + kDeadAfter)) {
            lose("it does not answer", true);
            return;
        }
        if (now > heard_ + kSilence) {
            if (has_news_) {
                tell({"PING"});
            } else if (!pipeline_->is_waiting()) {
                ask({{"PING"}}, nullptr);
            }
        }
    }
    schedule();
}

}  // namespace ngx
