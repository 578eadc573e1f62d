// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/fleet.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "ngx/clock.hpp"
#include "ngx/worker/zone_marks.hpp"

namespace ngx {

namespace {

constexpr std::int64_t kMillis = 1000;  // of a second

std::string digest_of(const crypto::Digest256& key) {
    return base::base64url_encode(crypto::view(key));
}

std::int64_t lasts(std::int64_t until, base::Instant now) {
    return (until - base::seconds(now)) * kMillis;
}

}  // namespace

Fleet::Fleet(RedisClient& client, ngx_shm_zone_t* cache)
    : client_(client), cache_(cache) {
    client_.tell_changes(this);
}

Fleet::~Fleet() {
    client_.tell_changes(nullptr);
}

std::string Fleet::prefix() const {
    return redis::ended_prefix(client_.conf().prefix);
}

redis::ResultNames Fleet::names(const crypto::Digest256& key) const {
    return redis::result_names(client_.conf().prefix, digest_of(key));
}

void Fleet::publish(const crypto::Digest256& key, redis::Result result,
                    base::Instant now) {
    if (result.until > base::seconds(now)) {
        client_.ask(
            redis::note_result(names(key), result, lasts(result.until, now)),
            nullptr);
    }
}

// What was not written is written when Redis answers again.
void Fleet::publish(const crypto::Digest256& key, redis::Ended ended,
                    base::Instant now) {
    if (ended.until <= base::seconds(now)) {
        return;
    }
    const auto write = redis::note_ended(client_.conf().prefix, digest_of(key),
                                         ended, lasts(ended.until, now));
    const base::Seconds rest{ended.until - base::seconds(now)};
    RedisClient& client = client_;
    const auto answered = [write, rest, &client](const redis::Replies* all) {
        if (!all || !redis::all_good(*all)) {
            client.write_later(write, rest);
        }
    };
    if (!client_.ask(write, answered)) {
        client_.write_later(write, rest);
    }
}

void Fleet::adopt(const crypto::Digest256& key, const redis::Result& result) {
    const std::int64_t at = ngx_time();
    if (result.until <= at) {
        return;
    }
    Locked<CacheZone> zone(cache_);
    switch (result.kind) {
        case redis::ResultKind::grant:
            zone[&CacheZone::grants].put(as_key(key), result.bytes, at,
                                         result.until);
            break;
        case redis::ResultKind::refusal:
            zone[&CacheZone::refusals].put(
                as_key(key),
                {result.until,
                 static_cast<std::uint8_t>(
                     result.bytes.empty() ? 0 : result.bytes.front())},
                at);
            break;
        case redis::ResultKind::state:
            zone[&CacheZone::states].put(as_key(key), {result.until, 0}, at);
            break;
        case redis::ResultKind::logout_token:
            zone[&CacheZone::logout_tokens].put_once(as_key(key),
                                                     {result.until, 0}, at);
            break;
    }
}

void Fleet::adopt(const crypto::Digest256& key, const redis::Ended& ended) {
    if (ended.until > ngx_time()) {
        adopt_end(cache_, key, ended, now());
    }
}

void Fleet::changed(const std::vector<std::string>& names) {
    load(names);
}

void Fleet::begun() {
    is_behind_ = true;
    poll();
}

void Fleet::poll() {
    if (is_behind_ && !is_scanning_) {
        is_behind_ = false;
        is_scanning_ = true;
        scan("0");
    }
}

// What could not be read is read from the beginning.
void Fleet::fall_behind() {
    is_behind_ = true;
    is_scanning_ = false;
}

void Fleet::scan(std::string cursor) {
    const bool is_asked =
        client_.ask(redis::scan_ended(client_.conf().prefix, cursor),
                    [this](const redis::Replies* replies) {
                        const auto found =
                            replies ? redis::scanned(*replies) : std::nullopt;
                        if (!found) {
                            fall_behind();
                            return;
                        }
                        load(found->names);
                        if (found->cursor != "0") {
                            scan(found->cursor);
                        } else {
                            is_scanning_ = false;
                        }
                    });
    if (!is_asked) {
        fall_behind();
    }
}

void Fleet::load(const std::vector<std::string>& names) {
    if (names.empty()) {
        return;
    }
    const bool is_asked = client_.ask(
        redis::load_ended(names), [this, names](const redis::Replies* replies) {
            if (replies == nullptr) {
                is_behind_ = true;
                return;
            }
            const auto all = redis::loaded_ended(*replies);
            for (std::size_t i = 0; i < all.size(); i++) {
                const auto text =
                    redis::ended_digest(client_.conf().prefix, names[i]);
                const auto key = digest_in(text.value_or(""));
                if (all[i] && key) {
                    adopt(*key, *all[i]);
                }
            }
        });
    if (!is_asked) {
        is_behind_ = true;
    }
}

FleetFlight::FleetFlight(Fleet& fleet, SingleFlight& workers, Flight& here,
                         std::int64_t hold, bool only_try)
    : fleet_(fleet), workers_(workers), here_(here), key_(here.key) {
    const auto names = fleet.names(key_);
    lease_.emplace(fleet.client(),
                   RedisLease::Terms{
                       .take = redis::take_flight(names, hold),
                       .release = redis::end_flight(names),
                       .hold = hold,
                       .only_try = only_try,
                       .is_enough =
                           [](const redis::Replies& replies) {
                               return redis::noted_result(replies).has_value();
                           }},
                   static_cast<LeaseUser&>(*this));
}

FleetFlight::~FleetFlight() {
    if (waiter_) {
        waiter_->leave();
    }
}

// Without Redis each nginx goes on alone.
std::optional<bool> FleetFlight::outcome() {
    if (!lease_->is_settled()) {
        return std::nullopt;
    }
    const auto result = redis::noted_result(lease_->answers());
    if (result) {
        lease_->release();
        fleet_.adopt(key_, *result);
    }
    const bool is_ours = !result && lease_->is_ours().value_or(true);
    if (!is_ours) {
        workers_.end(here_);
    }
    return is_ours;
}

void FleetFlight::wait(const oidc::Await& await, Waiter& waiter) {
    waiter_ = &waiter;
    waiter.enter(*this, await);
}

void FleetFlight::settled() noexcept {
    if (waiter_) {
        Waiter* waiter = waiter_;
        const bool is_ours = outcome().value_or(false);
        waiter->leave();
        waiter->arrived(is_ours);
    }
}

}  // namespace ngx
