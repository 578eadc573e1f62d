// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/redis_lease.hpp"

#include "ngx/clock.hpp"
#include "ngx/guard.hpp"

namespace ngx {

namespace {

// Until a right that another nginx has is asked for again.
constexpr ngx_msec_t kRetry = 50;  // ms

}  // namespace

RedisLease::RedisLease(RedisClient& client, Terms terms, LeaseUser& user)
    : client_(client),
      terms_(std::move(terms)),
      user_(user),
      give_up_(now_ms() + terms_.hold) {
    dummy_.fd = static_cast<ngx_socket_t>(-1);
    dummy_.data = this;
    retry_.data = &dummy_;
    retry_.handler = on_retry;
    retry_.log = ngx_cycle->log;
    retry_.cancelable = 1;
    ask();
}

RedisLease::~RedisLease() {
    if (retry_.timer_set) {
        ngx_del_timer(&retry_);
    }
    release();
}

void RedisLease::release() {
    if (std::exchange(held_until_, 0) > now_ms()) {
        client_.ask(terms_.release, nullptr);
    }
}

// What is taken for somebody who is gone by then is given back.
void RedisLease::ask() {
    held_until_ = 0;
    const auto release = [release = terms_.release, &client = client_](
                             const redis::Replies* replies, bool is_gone) {
        if (is_gone && replies && redis::took_lease(*replies) == true) {
            client.ask(release, nullptr);
        }
    };
    if (!client_.ask(terms_.take, *this, release)) {
        is_settled_ = judge(nullptr);
    }
}

// False: it is to be asked for again.
bool RedisLease::judge(const redis::Replies* replies) {
    is_ours_ = replies ? redis::took_lease(*replies) : std::nullopt;
    answers_ = replies ? *replies : redis::Replies();
    if (is_ours_ == true) {
        held_until_ = now_ms() + terms_.hold;
        return true;
    }
    return !is_ours_ || terms_.only_try || now_ms() >= give_up_ ||
           (terms_.is_enough && terms_.is_enough(answers_));
}

void RedisLease::answered(const redis::Replies* replies) noexcept {
    guarded_call([&] {
        is_settled_ = judge(replies);
        if (is_settled_) {
            user_.settled();
        } else {
            ngx_add_timer(&retry_, kRetry);
        }
    });
}

void RedisLease::on_retry(ngx_event_t* event) noexcept {
    auto* dummy = static_cast<ngx_connection_t*>(event->data);
    auto* self = static_cast<RedisLease*>(dummy->data);
    guarded_call([&] {
        self->ask();
        if (self->is_settled_) {
            self->user_.settled();
        }
    });
}

}  // namespace ngx
