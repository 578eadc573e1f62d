// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/request_ports.hpp"

#include <algorithm>

#include "crypto/random.hpp"
#include "store/owned_entries.hpp"

namespace ngx {

namespace {

// Longer than the deadline of a call, for the work that its reply needs.
constexpr ngx_msec_t kTurnGrace = 2000;

std::int64_t seconds(base::Instant t) {
    return t.time_since_epoch().count();
}

store::BlobTable::Ref as_ref(oidc::SessionHandle h) {
    return {h.slot, h.version};
}

// What is noted of a logout: when it was, and where its provider stands in
// CacheZone::ended_until.
struct Logout {
    unsigned place;
    std::int64_t at;
};

constexpr unsigned kPlaces = metrics::kMaxProviders;

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

}  // namespace

const oidc::Metadata* RequestPorts::metadata(const oidc::Provider&) {
    return worker_.source(conf_).metadata();
}

oidc::Keys RequestPorts::keys(const oidc::Provider&) {
    return worker_.source(conf_).keys();
}

const oidc::web::Sealer& RequestPorts::sealer(const oidc::Provider&) {
    return worker_.sealer(conf_);
}

base::Result<std::string> RequestPorts::random(std::size_t bytes) {
    return crypto::random_bytes(bytes);
}

std::string RequestPorts::extra_auth_args(const oidc::Provider&) {
    ngx_str_t value{0, nullptr};
    if (conf_.extra_auth_args == nullptr ||
        ngx_http_complex_value(r_, conf_.extra_auth_args, &value) != NGX_OK) {
        return {};
    }
    return std::string(view(value));
}

store::BlobTable* RequestPorts::sessions() const noexcept {
    return conf_.store->zone
               ? static_cast<SessionZone*>(conf_.store->zone->data)->sessions
               : nullptr;
}

std::optional<oidc::StoredSession> RequestPorts::load_session(
    const oidc::Provider&, const oidc::SessionKey& key, base::Instant now) {
    if (conf_.store->zone == nullptr) {
        return std::nullopt;
    }
    oidc::StoredSession out;
    Locked<SessionZone> zone(conf_.store->zone);
    auto found = zone[&SessionZone::sessions].find(
        as_key(key), seconds(now), out.bytes,
        conf_.policy.session_idle_timeout.count());
    if (!found) {
        return std::nullopt;
    }
    out.handle = {found->ref.slot, found->ref.version};
    out.last_used = base::instant(found->last_used);
    return out;
}

base::Result<oidc::SessionHandle> RequestPorts::save_session(
    const oidc::Provider&, const oidc::SessionKey& key,
    const crypto::Digest256& owner, std::string_view bytes, base::Instant now,
    base::Instant expires) {
    if (conf_.store->zone == nullptr) {
        return base::Errc::store_failed;
    }
    store::BlobTable::Ref ref;
    Locked<SessionZone> zone(conf_.store->zone);
    store::BlobTable& sessions = zone[&SessionZone::sessions];
    if (!sessions.put(as_key(key), bytes, seconds(now), seconds(expires),
                      &ref)) {
        return base::Errc::session_too_large;
    }
    store::note_owned(zone[&SessionZone::owners], sessions, as_key(owner),
                      as_key(key), seconds(now), seconds(expires),
                      conf_.policy.session_limit);
    return oidc::SessionHandle{ref.slot, ref.version};
}

void RequestPorts::remove_session(const oidc::Provider&,
                                  const oidc::SessionKey& key) {
    if (conf_.store->zone) {
        Locked<SessionZone> zone(conf_.store->zone);
        zone[&SessionZone::sessions].remove(as_key(key));
    }
}

bool RequestPorts::is_current(const oidc::Provider&,
                              oidc::SessionHandle handle) {
    store::BlobTable* table = sessions();
    return table && table->is_current(as_ref(handle));
}

void RequestPorts::touch_session(const oidc::Provider&,
                                 oidc::SessionHandle handle,
                                 base::Instant now) {
    if (store::BlobTable* table = sessions()) {
        table->touch(as_ref(handle), seconds(now));
    }
}

CacheZone& RequestPorts::cache() const noexcept {
    return *static_cast<CacheZone*>(worker_.cache_zone()->data);
}

bool RequestPorts::is_state_used(const crypto::Digest256& key,
                                 base::Instant now) {
    Locked<CacheZone> zone(worker_.cache_zone());
    return zone[&CacheZone::states].find(as_key(key), seconds(now)).has_value();
}

void RequestPorts::note_state(const crypto::Digest256& key, base::Instant now,
                              base::Instant until) {
    Locked<CacheZone> zone(worker_.cache_zone());
    zone[&CacheZone::states].put(as_key(key), {seconds(until), 0},
                                 seconds(now));
}

bool RequestPorts::use_logout_token(const crypto::Digest256& key,
                                    base::Instant now, base::Instant until) {
    Locked<CacheZone> zone(worker_.cache_zone());
    return zone[&CacheZone::logout_tokens].put_once(
        as_key(key), {seconds(until), 0}, seconds(now));
}

std::uint64_t RequestPorts::logouts() {
    return cache().logout_number.load(std::memory_order_acquire);
}

// The epoch is advanced first, then the stamp and what ends with the entry that
// makes room are written, all under the lock. A reader of the new epoch waits
// for the lock and finds the stamp; a session that was judged before has the
// old epoch. A worker that is killed in between leaves no ended session in use.
void RequestPorts::note_logout(const crypto::Digest256& whose,
                               base::Instant now, base::Instant until) {
    const unsigned place = place_of(conf_.policy.name);
    Locked<CacheZone> zone(worker_.cache_zone());
    store::StampTable& logouts = zone[&CacheZone::logouts];
    cache().logout_number.fetch_add(1, std::memory_order_acq_rel);
    if (const auto evicted =
            logouts.next_evicted(as_key(whose), seconds(now))) {
        const Logout oldest = unpack(evicted->value);
        auto& ended = cache().ended_until[oldest.place];
        ended.store(std::max(ended.load(), oldest.at));
    }
    logouts.put(as_key(whose), {seconds(until), pack({place, seconds(now)})},
                seconds(now));
}

std::optional<base::Instant> RequestPorts::ended_until() {
    const std::int64_t until =
        cache().ended_until[place_of(conf_.policy.name)].load();
    return until != 0 ? std::optional(base::instant(until)) : std::nullopt;
}

std::optional<base::Instant> RequestPorts::ended_at(
    const crypto::Digest256& whose, base::Instant now) {
    Locked<CacheZone> zone(worker_.cache_zone());
    const auto stamp =
        zone[&CacheZone::logouts].find(as_key(whose), seconds(now));
    if (!stamp) {
        return std::nullopt;
    }
    return base::instant(unpack(stamp->value).at);
}

bool RequestPorts::is_verified(const crypto::Digest256& key,
                               std::uint64_t generation, base::Instant now) {
    std::optional<store::StampTable::Stamp> stamp;
    {
        Locked<CacheZone> zone(worker_.cache_zone());
        stamp = zone[&CacheZone::verdicts].find(as_key(key), seconds(now));
    }
    bool remembered = stamp && stamp->value == generation;
    worker_.tally(conf_).verdict(remembered ? metrics::Verdict::remembered
                                            : metrics::Verdict::checked);
    return remembered;
}

void RequestPorts::remember_verified(const crypto::Digest256& key,
                                     std::uint64_t generation,
                                     base::Instant now, base::Instant until) {
    Locked<CacheZone> zone(worker_.cache_zone());
    zone[&CacheZone::verdicts].put(as_key(key), {seconds(until), generation},
                                   seconds(now));
}

base::Result<oidc::SessionHandle> RequestPorts::replace_session(
    const oidc::Provider&, const oidc::SessionKey& key,
    oidc::SessionHandle handle, std::string_view bytes, base::Instant now,
    base::Instant expires) {
    if (conf_.store->zone == nullptr) {
        return base::Errc::store_failed;
    }
    store::BlobTable::Ref ref;
    Locked<SessionZone> zone(conf_.store->zone);
    if (!zone[&SessionZone::sessions].replace(as_key(key), as_ref(handle),
                                              bytes, seconds(now),
                                              seconds(expires), &ref)) {
        return base::Errc::store_failed;
    }
    return oidc::SessionHandle{ref.slot, ref.version};
}

std::string_view RequestPorts::zone_secret() {
    const CacheZone& zone = cache();
    return {reinterpret_cast<const char*>(zone.names_secret),
            sizeof zone.names_secret};
}

std::optional<std::string> RequestPorts::load_grant(
    const crypto::Digest256& key, base::Instant now) {
    std::string bytes;
    Locked<CacheZone> zone(worker_.cache_zone());
    return zone[&CacheZone::grants].find(as_key(key), seconds(now), bytes)
               ? std::optional(std::move(bytes))
               : std::nullopt;
}

void RequestPorts::save_grant(const crypto::Digest256& key,
                              std::string_view bytes, base::Instant now,
                              base::Instant until) {
    Locked<CacheZone> zone(worker_.cache_zone());
    zone[&CacheZone::grants].put(as_key(key), bytes, seconds(now),
                                 seconds(until));
}

std::optional<std::uint8_t> RequestPorts::load_refusal(
    const crypto::Digest256& key, base::Instant now) {
    Locked<CacheZone> zone(worker_.cache_zone());
    const auto stamp =
        zone[&CacheZone::refusals].find(as_key(key), seconds(now));
    return stamp ? std::optional(static_cast<std::uint8_t>(stamp->value))
                 : std::nullopt;
}

void RequestPorts::save_refusal(const crypto::Digest256& key,
                                std::uint8_t reason, base::Instant now,
                                base::Instant until) {
    Locked<CacheZone> zone(worker_.cache_zone());
    zone[&CacheZone::refusals].put(as_key(key), {seconds(until), reason},
                                   seconds(now));
    zone[&CacheZone::grants].remove(as_key(key));
}

bool RequestPorts::take_flight(const oidc::Await& await) {
    worker_.single_flight().end(turn_);
    return worker_.single_flight().take(
        await, conf_.outbound.timeout + kTurnGrace, turn_);
}

void RequestPorts::end_flight(const crypto::Digest256& key) {
    if (turn_.key == key) {
        worker_.single_flight().end(turn_);
    }
}

RequestPorts::~RequestPorts() {
    worker_.single_flight().end(turn_);
}

oidc::memory::IdentityTable& RequestPorts::identities() {
    return worker_.identities();
}

oidc::memory::TokenDigestMemo& RequestPorts::token_digests() {
    return worker_.token_digests();
}

}  // namespace ngx
