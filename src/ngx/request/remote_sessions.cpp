// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/remote_sessions.hpp"

#include <algorithm>
#include <limits>

#include "base/base64url.hpp"
#include "ngx/clock.hpp"
#include "ngx/guard.hpp"
#include "ngx/worker/lease.hpp"

namespace ngx {

namespace {

using base::Errc;

constexpr oidc::Await kWait{oidc::Await::What::store};
constexpr std::int64_t kMillis = 1000;  // of a second
// How long an ended session is known as such; a refresh takes less.
constexpr base::Seconds kEndedFor{120};
// Until a lease that another nginx has is asked for again.
constexpr ngx_msec_t kLeaseRetry = 50;  // ms

std::int64_t millis(base::Seconds s) {
    return s.count() > std::numeric_limits<std::int64_t>::max() / kMillis / 2
               ? std::numeric_limits<std::int64_t>::max() / 2
               : s.count() * kMillis;
}

std::optional<std::optional<oidc::RemoteRecord>> as_record(
    const redis::Replies& replies, std::size_t from) {
    auto found = redis::loaded_session(replies, from);
    if (!found) {
        return std::nullopt;
    }
    if (!*found) {
        return std::optional<oidc::RemoteRecord>();
    }
    return oidc::RemoteRecord{
        .bytes = std::move((*found)->bytes),
        .generation = (*found)->generation,
        .lasts = base::Seconds((*found)->lasts / kMillis)};
}

}  // namespace

RequestSessions::Operation::~Operation() {
    if (retry.timer_set) {
        ngx_del_timer(&retry);
    }
}

void RequestSessions::Operation::answered(
    const redis::Replies* replies) noexcept {
    guarded_call([&] {
        if (!read(*this, replies)) {
            return;
        }
        is_done = true;
        if (owner.waiter_) {
            Waiter* waiter = owner.waiter_;
            waiter->leave();
            waiter->arrived(true);
        }
    });
}

RequestSessions::~RequestSessions() {
    for (const auto& operation : operations_) {
        release(*operation);
    }
    if (waiter_) {
        waiter_->leave();
    }
}

RequestSessions::Operation* RequestSessions::find(
    Kind kind, const oidc::SessionKey& key,
    std::uint64_t generation) const noexcept {
    for (const auto& one : operations_) {
        if (one->kind == kind && one->key == key &&
            one->generation == generation) {
            return one.get();
        }
    }
    return nullptr;
}

RequestSessions::Operation& RequestSessions::begin(Kind kind,
                                                   const oidc::SessionKey& key,
                                                   std::uint64_t generation) {
    operations_.push_back(
        std::make_unique<Operation>(*this, kind, key, generation));
    Operation& made = *operations_.back();
    made.changes = copies_.changes(key);
    made.missed = copies_.missed();
    return made;
}

void RequestSessions::ask(Operation& operation, const redis::Commands& asked,
                          Read read, RedisClient::Always always) {
    operation.read = read;
    if (!client_.ask(asked, operation, always)) {
        if (always) {
            always(nullptr, false);
        }
        operation.is_done = read(operation, nullptr);
    }
}

void RequestSessions::wait(const oidc::Await& await, Waiter& waiter) {
    waiter_ = &waiter;
    waiter.enter(*this, await);
}

oidc::Progress<std::optional<oidc::RemoteRecord>> RequestSessions::load(
    const oidc::SessionKey& key) {
    Operation* known = find(Kind::load, key);
    if (known == nullptr) {
        known = &begin(Kind::load, key);
        ask(*known, redis::load_session(client_.names(key)),
            [](Operation& o, const redis::Replies* replies) {
                o.loaded = replies ? as_record(*replies, 0) : std::nullopt;
                return true;
            });
    }
    if (!known->is_done) {
        return kWait;
    }
    if (!known->loaded) {
        return Errc::store_unavailable;
    }
    auto result = *known->loaded;
    if (result) {
        result->changes = known->changes;
        result->missed = known->missed;
    }
    return base::Result<std::optional<oidc::RemoteRecord>>(std::move(result));
}

oidc::Progress<void> RequestSessions::succeeded(const Operation& known) {
    if (!known.is_done) {
        return kWait;
    }
    return known.succeeded == true ? base::Status()
                                   : base::Status(Errc::store_unavailable);
}

// The owner's sessions first, so that both are there when the second answer is.
oidc::Progress<void> RequestSessions::save(const oidc::SessionKey& key,
                                           const crypto::Digest256& owner,
                                           std::string_view bytes,
                                           base::Seconds lasts,
                                           base::Instant now,
                                           base::Instant ends) {
    if (const Operation* known = find(Kind::save, key)) {
        return succeeded(*known);
    }
    Operation& made = begin(Kind::save, key);
    const std::string& prefix = client_.conf().prefix;
    const auto subject = redis::subject_name(
        prefix, base::base64url_encode(crypto::view(owner)));
    client_.ask(
        redis::note_owned(subject, base::base64url_encode(crypto::view(key)),
                          base::seconds(now), base::seconds(ends),
                          session_limit_),
        [&client = client_, &prefix](const redis::Replies* replies) {
            if (replies == nullptr) {
                return;
            }
            for (const auto& one : redis::surplus_sessions(*replies)) {
                client.ask(redis::end_session(redis::session_names(prefix, one),
                                              millis(kEndedFor)),
                           nullptr);
            }
        });
    ask(made, redis::save_session(client_.names(key), bytes, millis(lasts)),
        [](Operation& o, const redis::Replies* replies) {
            o.succeeded =
                replies ? redis::saved_session(*replies) : std::nullopt;
            return true;
        });
    return succeeded(made);
}

// Without an answer it counts as done: it will be written.
oidc::Progress<bool> RequestSessions::replace(const oidc::SessionKey& key,
                                              std::uint64_t generation,
                                              std::string_view bytes,
                                              base::Seconds lasts) {
    Operation* known = find(Kind::replace, key, generation);
    if (known == nullptr) {
        known = &begin(Kind::replace, key, generation);
        const auto asked = redis::replace_session(
            client_.names(key), generation, bytes, millis(lasts));
        ask(
            *known, asked,
            [](Operation& o, const redis::Replies* replies) {
                o.succeeded =
                    replies ? redis::replaced_session(*replies).value_or(true)
                            : true;
                return true;
            },
            [asked, lasts, &client = client_](const redis::Replies* replies,
                                              bool) {
                if (!replies || !redis::replaced_session(*replies)) {
                    client.write_later(asked, lasts);
                }
            });
    }
    if (!known->is_done) {
        return kWait;
    }
    if (Operation* lease = find(Kind::lease, key)) {
        lease->holds_until = 0;  // it has gone with the old generation
    }
    return *known->succeeded;
}

oidc::Progress<void> RequestSessions::end(const oidc::SessionKey& key) {
    if (const Operation* known = find(Kind::end, key)) {
        return succeeded(*known);
    }
    Operation& made = begin(Kind::end, key);
    ask(made, redis::end_session(client_.names(key), millis(kEndedFor)),
        [](Operation& o, const redis::Replies* replies) {
            o.succeeded = replies && redis::all_good(*replies);
            return true;
        });
    return succeeded(made);
}

void RequestSessions::touch(const oidc::SessionKey& key, base::Seconds lasts) {
    client_.ask(redis::touch_session(client_.names(key), millis(lasts)),
                nullptr);
}

oidc::Progress<RequestSessions::Lease> RequestSessions::take_lease(
    const oidc::SessionKey& key, bool only_try) {
    Operation* known = find(Kind::lease, key);
    if (known == nullptr) {
        known = &begin(Kind::lease, key);
        known->only_try = only_try;
        known->give_up = now_ms() + millis(lease_);
        try_lease(*known);
    }
    if (!known->is_done) {
        return kWait;
    }
    if (!known->succeeded) {
        return Errc::store_unavailable;
    }
    const bool has_session = known->loaded && *known->loaded;
    return Lease{*known->succeeded,
                 has_session ? (*known->loaded)->generation : 0};
}

// What is taken for a request that is gone by then is given back.
void RequestSessions::try_lease(Operation& operation) {
    const auto names = client_.names(operation.key);
    operation.holds_until = now_ms() + millis(lease_);
    ask(operation,
        redis::take_lease(names, std::to_string(new_lease_owner()),
                          millis(lease_)),
        leased,
        [names, &client = client_](const redis::Replies* replies,
                                   bool is_gone) {
            if (is_gone && replies && redis::took_lease(*replies) == true) {
                client.ask(redis::release_lease(names), nullptr);
            }
        });
}

bool RequestSessions::leased(Operation& o, const redis::Replies* replies) {
    o.succeeded = replies ? redis::took_lease(*replies) : std::nullopt;
    o.loaded = replies ? as_record(*replies, 1) : std::nullopt;
    if (o.succeeded == true) {
        return true;
    }
    o.holds_until = 0;
    if (!o.succeeded || o.only_try || now_ms() >= o.give_up) {
        return true;
    }
    o.dummy.fd = static_cast<ngx_socket_t>(-1);
    o.dummy.data = &o;
    o.retry.data = &o.dummy;
    o.retry.handler = on_retry;
    o.retry.log = ngx_cycle->log;
    o.retry.cancelable = 1;
    ngx_add_timer(&o.retry, kLeaseRetry);
    return false;
}

void RequestSessions::on_retry(ngx_event_t* event) noexcept {
    auto* dummy = static_cast<ngx_connection_t*>(event->data);
    auto* operation = static_cast<Operation*>(dummy->data);
    guarded_call([&] {
        operation->owner.try_lease(*operation);
        if (std::exchange(operation->is_done, false)) {
            operation->answered(nullptr);
        }
    });
}

void RequestSessions::release(Operation& operation) {
    if (operation.kind == Kind::lease && operation.is_done &&
        std::exchange(operation.holds_until, 0) > now_ms()) {
        client_.ask(redis::release_lease(client_.names(operation.key)),
                    nullptr);
    }
}

void RequestSessions::end_lease(const oidc::SessionKey& key) {
    if (Operation* lease = find(Kind::lease, key)) {
        release(*lease);
    }
    std::erase_if(operations_, [&](const auto& one) {
        return one->kind == Kind::lease && one->key == key;
    });
}

void RequestSessions::forget(const oidc::SessionKey& key) {
    std::erase_if(operations_, [&](const auto& one) {
        return one->kind == Kind::load && one->key == key;
    });
}

}  // namespace ngx
