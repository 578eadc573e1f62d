// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/zone_sessions.hpp"

#include <cstring>

#include "ngx/worker/shared_zone.hpp"
#include "store/owned_entries.hpp"

namespace ngx {

namespace {

store::BlobTable::Ref as_ref(oidc::SessionHandle h) {
    return {h.slot, h.version};
}

}  // namespace

store::BlobTable* ZoneSessions::table() const noexcept {
    return zone() ? static_cast<SessionZone*>(zone()->data)->sessions : nullptr;
}

std::optional<oidc::StoredBytes> ZoneSessions::load(const oidc::SessionKey& key,
                                                    base::Instant now) {
    if (zone() == nullptr) {
        return std::nullopt;
    }
    oidc::StoredBytes out;
    Locked<SessionZone> locked(zone());
    auto found = locked[&SessionZone::sessions].find(
        as_key(key), base::seconds(now), out.bytes,
        conf_.policy.session_idle_timeout.count());
    if (!found) {
        return std::nullopt;
    }
    out.handle = {found->ref.slot, found->ref.version};
    out.last_used = base::instant(found->last_used);
    return out;
}

base::Result<oidc::SessionHandle> ZoneSessions::save(
    const oidc::SessionKey& key, const crypto::Digest256& owner,
    std::string_view bytes, base::Instant now, base::Instant expires) {
    if (zone() == nullptr) {
        return base::Errc::store_failed;
    }
    store::BlobTable::Ref ref;
    Locked<SessionZone> locked(zone());
    store::BlobTable& sessions = locked[&SessionZone::sessions];
    if (!sessions.put(as_key(key), bytes, base::seconds(now),
                      base::seconds(expires), &ref)) {
        return base::Errc::session_too_large;
    }
    store::note_owned(locked[&SessionZone::owners], sessions, as_key(owner),
                      as_key(key), base::seconds(now), base::seconds(expires),
                      conf_.policy.session_limit);
    return oidc::SessionHandle{ref.slot, ref.version};
}

base::Result<oidc::SessionHandle> ZoneSessions::keep(
    const oidc::SessionKey& key, std::string_view bytes, base::Instant now,
    base::Instant expires) {
    if (zone() == nullptr) {
        return base::Errc::store_failed;
    }
    store::BlobTable::Ref ref;
    Locked<SessionZone> locked(zone());
    if (!locked[&SessionZone::sessions].put(as_key(key), bytes,
                                            base::seconds(now),
                                            base::seconds(expires), &ref)) {
        return base::Errc::session_too_large;
    }
    return oidc::SessionHandle{ref.slot, ref.version};
}

base::Instant ZoneSessions::heard_until() {
    return base::instant(
        zone() ? static_cast<SessionZone*>(zone()->data)->heard_until.load()
               : 0);
}

std::uint64_t ZoneSessions::missed() {
    return zone() ? static_cast<SessionZone*>(zone()->data)->missed.load() : 0;
}

std::uint64_t ZoneSessions::changes(const oidc::SessionKey& key) {
    return zone()
               ? static_cast<SessionZone*>(zone()->data)->changes[key[0]].load()
               : 0;
}

base::Result<oidc::SessionHandle> ZoneSessions::replace(
    const oidc::SessionKey& key, oidc::SessionHandle handle,
    std::string_view bytes, base::Instant now, base::Instant expires) {
    if (zone() == nullptr) {
        return base::Errc::store_failed;
    }
    store::BlobTable::Ref ref;
    Locked<SessionZone> locked(zone());
    if (!locked[&SessionZone::sessions].replace(as_key(key), as_ref(handle),
                                                bytes, base::seconds(now),
                                                base::seconds(expires), &ref)) {
        return base::Errc::store_failed;
    }
    return oidc::SessionHandle{ref.slot, ref.version};
}

bool ZoneSessions::remove(const oidc::SessionKey& key) {
    if (zone() == nullptr) {
        return false;
    }
    Locked<SessionZone> locked(zone());
    return locked[&SessionZone::sessions].remove(as_key(key));
}

std::vector<oidc::OwnedSession> ZoneSessions::owned(
    const crypto::Digest256& owner, base::Instant now) {
    std::vector<oidc::OwnedSession> out;
    if (zone() == nullptr) {
        return out;
    }
    out.reserve(conf_.policy.session_limit);
    Locked<SessionZone> locked(zone());
    store::each_owned(
        locked[&SessionZone::owners], locked[&SessionZone::sessions],
        as_key(owner), base::seconds(now), conf_.policy.session_limit,
        [&](const store::BlobTable::Known& one) {
            oidc::OwnedSession session{
                {}, base::instant(one.last_used), base::instant(one.expires)};
            std::memcpy(session.key.data(), one.key, session.key.size());
            out.push_back(session);
        });
    return out;
}

bool ZoneSessions::is_current(oidc::SessionHandle handle) {
    store::BlobTable* sessions = table();
    return sessions && sessions->is_current(as_ref(handle));
}

void ZoneSessions::touch(oidc::SessionHandle handle, base::Instant now) {
    if (store::BlobTable* sessions = table()) {
        sessions->touch(as_ref(handle), base::seconds(now));
    }
}

}  // namespace ngx
