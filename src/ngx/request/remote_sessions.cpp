// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/remote_sessions.hpp"

#include <algorithm>
#include <limits>

#include "base/base64url.hpp"
#include "ngx/guard.hpp"

namespace ngx {

namespace {

using base::Errc;

constexpr oidc::Await kWait{oidc::Await::What::store};
constexpr std::int64_t kMillis = 1000;  // of a second
// How long an ended session is known as such; a refresh takes less.
constexpr base::Seconds kEndedFor{120};

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

// What is no name of a session is none of ours.
std::optional<std::vector<oidc::OwnedSession>> as_owned(
    const redis::Replies& replies) {
    const auto all = redis::listed_sessions(replies);
    if (!all) {
        return std::nullopt;
    }
    std::vector<oidc::OwnedSession> out;
    for (const redis::OwnedSession& one : *all) {
        if (const auto key = digest_in(one.digest)) {
            out.push_back({*key, {}, base::instant(one.ends)});
        }
    }
    return out;
}

}  // namespace

void RequestSessions::Operation::answered(
    const redis::Replies* replies) noexcept {
    guarded_call([&] {
        read(*this, replies);
        is_done = true;
        owner.wake();
    });
}

RequestSessions::~RequestSessions() {
    if (waiter_) {
        waiter_->leave();
    }
}

// The request may be gone afterwards.
void RequestSessions::wake() noexcept {
    if (waiter_) {
        Waiter* waiter = waiter_;
        waiter->leave();
        waiter->arrived(true);
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
        read(operation, nullptr);
        operation.is_done = true;
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
    if (lease_ && leased_ == key) {
        lease_->forget();  // it has gone with the old generation
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
        });
    return succeeded(made);
}

oidc::Progress<std::vector<oidc::OwnedSession>> RequestSessions::owned(
    const crypto::Digest256& owner) {
    Operation* known = find(Kind::owned, owner);
    if (known == nullptr) {
        known = &begin(Kind::owned, owner);
        const auto subject = redis::subject_name(
            client_.conf().prefix, base::base64url_encode(crypto::view(owner)));
        ask(*known, redis::owned_sessions(subject),
            [](Operation& o, const redis::Replies* replies) {
                o.owned = replies ? as_owned(*replies) : std::nullopt;
            });
    }
    if (!known->is_done) {
        return kWait;
    }
    return known->owned ? base::Result(*known->owned) : Errc::store_unavailable;
}

void RequestSessions::touch(const oidc::SessionKey& key, base::Seconds lasts) {
    client_.ask(redis::touch_session(client_.names(key), millis(lasts)),
                nullptr);
}

oidc::Progress<RequestSessions::Lease> RequestSessions::take_lease(
    const oidc::SessionKey& key, bool only_try) {
    if (!lease_ || leased_ != key) {
        const auto names = client_.names(key);
        leased_ = key;
        lease_.emplace(
            client_,
            RedisLease::Terms{.take = redis::take_lease(names, millis(hold_)),
                              .release = redis::release_lease(names),
                              .hold = millis(hold_),
                              .only_try = only_try},
            static_cast<LeaseUser&>(*this));
    }
    if (!lease_->is_settled()) {
        return kWait;
    }
    if (!lease_->is_ours()) {
        return Errc::store_unavailable;
    }
    const auto found = as_record(lease_->answers(), 1);
    return Lease{*lease_->is_ours(),
                 found && *found ? (*found)->generation : 0};
}

void RequestSessions::end_lease(const oidc::SessionKey& key) {
    if (leased_ == key) {
        lease_.reset();
    }
}

void RequestSessions::forget(const oidc::SessionKey& key) {
    std::erase_if(operations_, [&](const auto& one) {
        return one->kind == Kind::load && one->key == key;
    });
}

}  // namespace ngx
