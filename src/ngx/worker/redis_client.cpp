// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/redis_client.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "ngx/clock.hpp"
#include "ngx/worker/lease.hpp"
#include "redis/invalidations.hpp"

namespace ngx {

namespace {

using Outcome = store::LeaseTable::Outcome;

// Writes that are kept while Redis does not answer.
constexpr std::size_t kMaxLeft = 4096;
// A worker listens for so long, then another one may; ms.
constexpr std::int64_t kListeningHold = 3600 * 1000;

SessionZone& zone_of(const SessionStore& store) {
    return *static_cast<SessionZone*>(store.zone->data);
}

}  // namespace

std::optional<crypto::Digest256> digest_in(std::string_view text) {
    const auto bytes = base::base64url_decode(text);
    crypto::Digest256 digest;
    if (!bytes || bytes->size() != digest.size()) {
        return std::nullopt;
    }
    std::copy(bytes->begin(), bytes->end(),
              reinterpret_cast<char*>(digest.data()));
    return digest;
}

Asker::~Asker() {
    if (asked_) {
        asked_->askers_.erase(number_);
    }
}

RedisClient::RedisClient(const SessionStore& store, ngx_shm_zone_t* cache,
                         Fetcher& fetcher, ngx_log_t* log)
    : store_(store),
      cache_(cache),
      log_(log),
      listener_key_(crypto::sha256("changes of " + store.name)),
      asks_(*this),
      hears_(*this),
      questions_(store, "sessions", fetcher, asks_, log),
      changes_(store, "changes", fetcher, hears_, log) {
    questions_.open();
}

RedisClient::~RedisClient() {
    for (const auto& [number, asker] : askers_) {
        asker->asked_ = nullptr;
    }
    end_listening();
}

void RedisClient::poll() {
    if (ngx_exiting) {
        end_listening();
    } else if (owner_ == 0 && take_listening()) {
        changes_.open();
    }
    if (hearer_) {
        hearer_->poll();
    }
}

bool RedisClient::take_listening() {
    const std::uint64_t owner = new_lease_owner();
    if (take_lease(cache_, &CacheZone::fetches, listener_key_, owner,
                   kListeningHold)
            .outcome != Outcome::granted) {
        return false;
    }
    owner_ = owner;
    return true;
}

void RedisClient::end_listening() {
    if (owner_ == 0) {
        return;
    }
    changes_.close();
    const std::int64_t now = now_ms();
    Locked<CacheZone> zone(cache_);
    zone[&CacheZone::fetches].release(as_key(listener_key_),
                                      std::exchange(owner_, 0), now, now);
}

redis::SessionNames RedisClient::names(const oidc::SessionKey& key) const {
    return redis::session_names(store_.redis.prefix,
                                base::base64url_encode(crypto::view(key)));
}

bool RedisClient::ask(const redis::Commands& asked, redis::Answered answered) {
    return questions_.ask(asked, [this, answered = std::move(answered)](
                                     const redis::Replies* replies) {
        if (replies && redis::is_useless_server(*replies)) {
            questions_.give_up("it is not a master any more");
            replies = nullptr;
        }
        if (answered) {
            answered(replies);
        }
    });
}

bool RedisClient::ask(const redis::Commands& asked, Asker& asker,
                      Always always) {
    const std::uint64_t number = ++last_asker_;
    const bool is_asked = ask(asked, [this, number, always = std::move(always)](
                                         const redis::Replies* replies) {
        const auto found = askers_.find(number);
        const bool is_gone = found == askers_.end();
        if (always) {
            always(replies, is_gone);
        }
        if (!is_gone) {
            Asker* who = found->second;
            askers_.erase(found);
            who->asked_ = nullptr;
            who->answered(replies);
        }
    });
    if (is_asked) {
        askers_.emplace(number, &asker);
        asker.asked_ = this;
        asker.number_ = number;
    }
    return is_asked;
}

void RedisClient::write_later(redis::Commands asked, base::Seconds lasts) {
    if (left_.size() < kMaxLeft) {
        left_.push_back({std::move(asked), now() + lasts});
    }
}

// What cannot be asked now is left for the next time.
void RedisClient::write_what_is_left() {
    for (Left& left : std::exchange(left_, {})) {
        if (now() < left.until && !ask(left.asked, nullptr)) {
            left_.push_back(std::move(left));
        }
    }
}

void RedisClient::listen() {
    is_tracking_ = false;
    changes_.ask(redis::ask_number(), [this](const redis::Replies* replies) {
        const auto number = replies ? redis::number(*replies) : std::nullopt;
        if (!number) {
            changes_.give_up("it does not say the connection's number");
            return;
        }
        std::vector<std::string> prefixes{
            redis::sessions_prefix(store_.redis.prefix)};
        if (hearer_) {
            prefixes.push_back(hearer_->prefix());
        }
        const auto all = redis::listen(*number, prefixes);
        changes_.ask(all, [this](const redis::Replies* answers) {
            if (answers == nullptr) {
                return;
            }
            if (!redis::all_good(*answers)) {
                if (!std::exchange(is_refused_reported_, true)) {
                    ngx_log_error(NGX_LOG_WARN, log_, 0,
                                  "auth_oidc: session store \"%s\": CLIENT "
                                  "TRACKING is refused, so copies of sessions "
                                  "are used for two seconds only",
                                  store_.name.c_str());
                }
                changes_.close();
                return;
            }
            changes_.expect_news();
            is_tracking_ = true;
            forget_all();
            if (hearer_) {
                hearer_->begun();
            }
        });
    });
}

bool RedisClient::heard(const redis::Reply& reply) {
    using What = redis::Heard::What;
    const redis::Heard news = redis::heard(reply);
    switch (news.what) {
        case What::changed: {
            std::vector<std::string> others;
            for (const std::string& name : news.names) {
                if (!forget(name)) {
                    others.push_back(name);
                }
            }
            if (hearer_ && !others.empty()) {
                hearer_->changed(others);
            }
            break;
        }
        case What::all_changed:
            forget_all();
            break;
        case What::pong:
        case What::listening:
            break;
        case What::other:
            return false;
    }
    note_heard();
    return true;
}

// The number first: what was asked before, and arrives later, is not kept.
// False: it is not the name of a session.
bool RedisClient::forget(std::string_view name) {
    const auto text = redis::session_digest(store_.redis.prefix, name);
    const auto session = digest_in(text.value_or(""));
    if (!session) {
        return false;
    }
    zone_of(store_).changes[(*session)[0]].fetch_add(1);
    Locked<SessionZone> locked(store_.zone);
    locked[&SessionZone::sessions].remove(as_key(*session));
    return true;
}

// Copies from before are void, and so is what workers remember of them.
void RedisClient::forget_all() {
    zone_of(store_).missed.fetch_add(1);
    note_heard();
    static_cast<CacheZone*>(cache_->data)
        ->logout_number.fetch_add(1, std::memory_order_release);
}

bool RedisClient::is_heard(base::Instant now) const noexcept {
    return now <= base::instant(zone_of(store_).heard_until.load()) +
                      oidc::SessionRecords::kHeardLife;
}

void RedisClient::note_heard() {
    zone_of(store_).heard_until.store(ngx_time());
}

}  // namespace ngx
