// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/zone_marks.hpp"

#include <algorithm>

#include "ngx/worker/fleet.hpp"

namespace ngx {

namespace {

using base::seconds;

// What is noted of a logout: when it was, and where its provider stands in
// CacheZone::ended_until.
struct Logout {
    unsigned place;
    std::int64_t at;
};

constexpr unsigned kPlaces = metrics::kMaxProviders;

// redis::Ended::kind.
constexpr char kByProvider = 'p';
constexpr char kByUser = 'u';
constexpr char kDenied = 'd';
constexpr char kUndone = 'n';  // a denial that counts no more

unsigned place_of(std::string_view provider) {
    return crypto::sha256(provider)[0] % kPlaces;
}

std::uint64_t pack(Logout logout) noexcept {
    return static_cast<std::uint64_t>(logout.at) * kPlaces + logout.place;
}

Logout unpack(std::uint64_t value) noexcept {
    return {static_cast<unsigned>(value % kPlaces),
            static_cast<std::int64_t>(value / kPlaces)};
}

// The epoch is advanced first, then the stamp and what ends with the entry that
// makes room are written, all under the lock. A reader of the new epoch waits
// for the lock and finds the stamp; a session that was judged before has the
// old epoch. A worker that is killed in between leaves no ended session in use.
void put_logout(ngx_shm_zone_t* cache, const crypto::Digest256& whose,
                Logout logout, base::Instant now, std::int64_t until) {
    auto& header = *static_cast<CacheZone*>(cache->data);
    Locked<CacheZone> zone(cache);
    store::StampTable& logouts = zone[&CacheZone::logouts];
    header.logout_number.fetch_add(1, std::memory_order_acq_rel);
    if (const auto evicted =
            logouts.next_evicted(as_key(whose), seconds(now))) {
        const Logout oldest = unpack(evicted->value);
        auto& ended = header.ended_until[oldest.place];
        ended.store(std::max(ended.load(), oldest.at));
    }
    logouts.put(as_key(whose), {until, pack(logout)}, seconds(now));
}

// In the order of put_logout.
void put_end(ngx_shm_zone_t* cache, const crypto::Digest256& session,
             base::Instant now, std::int64_t until) {
    auto& header = *static_cast<CacheZone*>(cache->data);
    Locked<CacheZone> zone(cache);
    header.logout_number.fetch_add(1, std::memory_order_acq_rel);
    zone[&CacheZone::ended].put(as_key(session), {until, 0}, seconds(now));
}

// In the order of put_logout; the number of logouts tells sessions. False:
// there is no room. A denial that was undone is kept, so that it is not taken
// for a new one.
bool put_denial(ngx_shm_zone_t* cache, const crypto::Digest256& whom,
                std::uint64_t counts, base::Instant now, std::int64_t until) {
    auto& header = *static_cast<CacheZone*>(cache->data);
    Locked<CacheZone> zone(cache);
    store::StampTable& denied = zone[&CacheZone::denied];
    const auto known = denied.find(as_key(whom), seconds(now));
    if (known && known->value == counts && known->until == until) {
        return true;
    }
    header.logout_number.fetch_add(1, std::memory_order_acq_rel);
    header.denial_number.fetch_add(1, std::memory_order_acq_rel);
    if (known) {
        denied.put(as_key(whom), {until, counts}, seconds(now));
        return true;
    }
    return denied.put_if_absent(as_key(whom), {until, counts}, seconds(now));
}

}  // namespace

ZoneMarks::ZoneMarks(ngx_shm_zone_t* cache, std::string_view provider,
                     const ProviderCounters& tally, Fleet* fleet)
    : zone_(cache), place_(place_of(provider)), tally_(tally), fleet_(fleet) {
}

bool ZoneMarks::is_state_used(const crypto::Digest256& key, base::Instant now) {
    Locked<CacheZone> zone(zone_);
    return zone[&CacheZone::states].find(as_key(key), seconds(now)).has_value();
}

void ZoneMarks::note_state(const crypto::Digest256& key, base::Instant now,
                           base::Instant until) {
    {
        Locked<CacheZone> zone(zone_);
        zone[&CacheZone::states].put(as_key(key), {seconds(until), 0},
                                     seconds(now));
    }
    if (fleet_) {
        fleet_->publish(key, {redis::ResultKind::state, seconds(until), ""},
                        now);
    }
}

bool ZoneMarks::use_logout_token(const crypto::Digest256& key,
                                 base::Instant now, base::Instant until) {
    bool is_first = false;
    {
        Locked<CacheZone> zone(zone_);
        is_first = zone[&CacheZone::logout_tokens].put_once(
            as_key(key), {seconds(until), 0}, seconds(now));
    }
    if (is_first && fleet_) {
        fleet_->publish(
            key, {redis::ResultKind::logout_token, seconds(until), ""}, now);
    }
    return is_first;
}

void adopt_end(ngx_shm_zone_t* cache, const crypto::Digest256& key,
               const redis::Ended& ended, base::Instant now) {
    if (ended.kind == kByUser) {
        put_end(cache, key, now, ended.until);
    } else if (ended.kind == kByProvider && ended.place < kPlaces) {
        put_logout(cache, key, {ended.place, ended.at}, now, ended.until);
    } else if ((ended.kind == kDenied || ended.kind == kUndone) &&
               !put_denial(cache, key, ended.kind == kDenied, now,
                           ended.until)) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "auth_oidc: no room in oidc_cache_zone for a denial of "
                      "another nginx");
    }
}

void ZoneMarks::note_logout(const crypto::Digest256& whose, base::Instant now,
                            base::Instant until) {
    put_logout(zone_, whose, {place_, seconds(now)}, now, seconds(until));
    if (fleet_) {
        fleet_->publish(whose,
                        redis::Ended{.kind = kByProvider,
                                     .place = place_,
                                     .at = seconds(now),
                                     .until = seconds(until)},
                        now);
    }
}

std::optional<base::Instant> ZoneMarks::ended_until() {
    const std::int64_t until = cache().ended_until[place_].load();
    return until != 0 ? std::optional(base::instant(until)) : std::nullopt;
}

std::optional<base::Instant> ZoneMarks::ended_at(const crypto::Digest256& whose,
                                                 base::Instant now) {
    Locked<CacheZone> zone(zone_);
    const auto stamp =
        zone[&CacheZone::logouts].find(as_key(whose), seconds(now));
    if (!stamp) {
        return std::nullopt;
    }
    return base::instant(unpack(stamp->value).at);
}

void ZoneMarks::note_end(const crypto::Digest256& session, base::Instant now,
                         base::Instant until) {
    put_end(zone_, session, now, seconds(until));
    if (fleet_) {
        fleet_->publish(session,
                        redis::Ended{.kind = kByUser,
                                     .place = place_,
                                     .at = seconds(now),
                                     .until = seconds(until)},
                        now);
    }
}

bool ZoneMarks::has_ended(const crypto::Digest256& session, base::Instant now) {
    Locked<CacheZone> zone(zone_);
    return zone[&CacheZone::ended]
        .find(as_key(session), seconds(now))
        .has_value();
}

bool ZoneMarks::deny(const crypto::Digest256& whom, base::Instant now,
                     base::Instant until) {
    if (!put_denial(zone_, whom, 1, now, seconds(until))) {
        return false;
    }
    if (fleet_) {
        fleet_->publish(whom,
                        redis::Ended{.kind = kDenied,
                                     .place = place_,
                                     .at = seconds(now),
                                     .until = seconds(until)},
                        now);
    }
    return true;
}

void ZoneMarks::undo_denial(const crypto::Digest256& whom, base::Instant now) {
    std::optional<store::StampTable::Stamp> known;
    {
        Locked<CacheZone> zone(zone_);
        known = zone[&CacheZone::denied].find(as_key(whom), seconds(now));
    }
    if (!known) {
        return;
    }
    put_denial(zone_, whom, 0, now, known->until);
    if (fleet_) {
        fleet_->publish(whom,
                        redis::Ended{.kind = kUndone,
                                     .place = place_,
                                     .at = seconds(now),
                                     .until = known->until},
                        now);
    }
}

bool ZoneMarks::is_informed(base::Instant now) {
    return fleet_ == nullptr || fleet_->is_informed(now);
}

std::optional<bool> ZoneMarks::is_denied(const crypto::Digest256& whom,
                                         base::Instant now) {
    Locked<CacheZone> zone(zone_);
    const auto stamp =
        zone[&CacheZone::denied].find(as_key(whom), seconds(now));
    return stamp ? std::optional(stamp->value != 0) : std::nullopt;
}

bool ZoneMarks::is_verified(const crypto::Digest256& key,
                            std::uint64_t generation, base::Instant now) {
    std::optional<store::StampTable::Stamp> stamp;
    {
        Locked<CacheZone> zone(zone_);
        stamp = zone[&CacheZone::verdicts].find(as_key(key), seconds(now));
    }
    const bool remembered = stamp && stamp->value == generation;
    tally_.verdict(remembered ? metrics::Verdict::remembered
                              : metrics::Verdict::checked);
    return remembered;
}

void ZoneMarks::remember_verified(const crypto::Digest256& key,
                                  std::uint64_t generation, base::Instant now,
                                  base::Instant until) {
    Locked<CacheZone> zone(zone_);
    zone[&CacheZone::verdicts].put(as_key(key), {seconds(until), generation},
                                   seconds(now));
}

std::optional<std::string> ZoneGrants::load(const crypto::Digest256& key,
                                            base::Instant now) {
    std::string bytes;
    Locked<CacheZone> zone(zone_);
    return zone[&CacheZone::grants].find(as_key(key), seconds(now), bytes)
               ? std::optional(std::move(bytes))
               : std::nullopt;
}

void ZoneGrants::save(const crypto::Digest256& key, std::string_view bytes,
                      base::Instant now, base::Instant until) {
    {
        Locked<CacheZone> zone(zone_);
        zone[&CacheZone::grants].put(as_key(key), bytes, seconds(now),
                                     seconds(until));
    }
    if (fleet_) {
        fleet_->publish(
            key, {redis::ResultKind::grant, seconds(until), std::string(bytes)},
            now);
    }
}

std::optional<std::uint8_t> ZoneGrants::load_refusal(
    const crypto::Digest256& key, base::Instant now) {
    Locked<CacheZone> zone(zone_);
    const auto stamp =
        zone[&CacheZone::refusals].find(as_key(key), seconds(now));
    return stamp ? std::optional(static_cast<std::uint8_t>(stamp->value))
                 : std::nullopt;
}

void ZoneGrants::save_refusal(const crypto::Digest256& key, std::uint8_t reason,
                              base::Instant now, base::Instant until) {
    {
        Locked<CacheZone> zone(zone_);
        zone[&CacheZone::refusals].put(as_key(key), {seconds(until), reason},
                                       seconds(now));
        zone[&CacheZone::grants].remove(as_key(key));
    }
    if (fleet_) {
        fleet_->publish(key,
                        {redis::ResultKind::refusal, seconds(until),
                         std::string(1, static_cast<char>(reason))},
                        now);
    }
}

}  // namespace ngx
