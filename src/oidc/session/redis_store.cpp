// SPDX-License-Identifier: Apache-2.0
// Sessions in Redis, which all nginx share, with copies in the shared memory of
// this one. The cookie is that of the memory store: who reads Redis or the
// memory, without the cookie, reads nothing.
#include <algorithm>

#include "base/byte_io.hpp"
#include "base/cookie.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/session/listing.hpp"
#include "oidc/session/sealed_record.hpp"
#include "oidc/session/session_id.hpp"
#include "oidc/session/store.hpp"
#include "oidc/web/cookie_sealer.hpp"
#include "oidc/web/own_cookies.hpp"

namespace oidc::session {
namespace {

using base::Errc;
using base::Instant;
using base::Seconds;

// So many cookies of the name are looked up, since each is a question to Redis.
constexpr std::size_t kMaxRemoteCookies = 16;
// How long a copy is used if changes elsewhere are not heard of.
constexpr Seconds kUnheardLife{2};

// A copy, as it is in shared memory.
struct Copy {
    std::uint64_t missed = 0;  // SessionRecords::missed when it was read
    std::uint64_t generation = 0;
    Instant read;       // when it was
    Instant last_used;  // when Redis was told last
    std::string sealed;
};

std::string encode_copy(const Copy& copy) {
    base::ByteWriter out;
    out.i64(static_cast<std::int64_t>(copy.missed))
        .i64(static_cast<std::int64_t>(copy.generation))
        .i64(base::seconds(copy.read))
        .i64(base::seconds(copy.last_used))
        .blob(copy.sealed);
    return std::move(out.bytes());
}

std::optional<Copy> decode_copy(std::string_view bytes) {
    base::ByteReader in(bytes);
    Copy copy;
    copy.missed = static_cast<std::uint64_t>(in.i64());
    copy.generation = static_cast<std::uint64_t>(in.i64());
    copy.read = base::instant(in.i64());
    copy.last_used = base::instant(in.i64());
    copy.sealed = in.blob();
    return in.ok() && in.at_end() ? std::optional(std::move(copy))
                                  : std::nullopt;
}

struct Found {
    Copy copy;
    SessionHandle handle;
};

std::optional<Found> find_copy(SessionRecords& copies, const SessionKey& key,
                               Instant now) {
    const auto stored = copies.load(key, now);
    auto copy = stored ? decode_copy(stored->bytes) : std::nullopt;
    return copy ? std::optional(Found{std::move(*copy), stored->handle})
                : std::nullopt;
}

bool is_heard(SessionRecords& copies, Instant now) {
    return now <= base::saturating_add(copies.heard_until(),
                                       SessionRecords::kHeardLife);
}

bool is_certain(SessionRecords& copies, const Copy& copy, Instant now) {
    return copy.missed == copies.missed() && is_heard(copies, now);
}

// How long a session that is used now lasts in Redis.
Seconds lasts(const Provider& provider, const Record& record, Instant now) {
    return std::max(
        std::min(idle_end(provider, now), absolute_end(provider, record)) - now,
        Seconds{1});
}

// Without memory for it, there is no copy, and the handle leads to none.
SessionHandle keep(const RequestContext& context, const SessionKey& key,
                   const Copy& copy, Instant now) {
    const auto handle = context.ports.sessions.keep(
        key, encode_copy(copy), now, idle_end(context.provider, now));
    return handle ? *handle : SessionHandle{};
}

StoredRecord stored_as(StoredRecord record, const Found& found,
                       bool is_certain) {
    record.handle = found.handle;
    record.last_used = std::max(record.last_used, found.copy.last_used);
    record.generation = found.copy.generation;
    record.is_certain = is_certain;
    return record;
}

base::Result<StoredRecord> open_copy(const SessionId& id, const Found& found,
                                     bool is_certain) {
    auto opened =
        read_record(id.open(found.copy.sealed, found.copy.generation));
    if (!opened) {
        return opened.error();
    }
    return stored_as(std::move(*opened), found, is_certain);
}

// While Redis does not answer; not beyond the access token.
base::Result<StoredRecord> open_stale(const RequestContext& context,
                                      const SessionId& id,
                                      const std::optional<Found>& found,
                                      base::Error why, Instant now) {
    if (!found || now >= base::saturating_add(
                             std::max(context.ports.sessions.heard_until(),
                                      found->copy.read),
                             context.ports.remote->stale())) {
        return why;
    }
    auto opened = open_copy(id, *found, false);
    return opened && now < opened->record.access_expires ? std::move(opened)
                                                         : why;
}

class RedisStore final : public Store {
public:
    std::vector<std::string> values(const RequestFacts& facts,
                                    const std::string& name) const override {
        const auto found = web::cookie_values(facts, name);
        return {found.begin(),
                found.begin() + static_cast<std::ptrdiff_t>(
                                    std::min(found.size(), kMaxRemoteCookies))};
    }
    std::size_t arrange(std::span<std::string_view, web::kMaxChunks>,
                        std::span<const unsigned, web::kMaxChunks> seen)
        const noexcept override {
        return seen[0] == 1 ? 1 : 0;
    }

    Progress<StoredRecord> open(const RequestContext&, const SessionCookies&,
                                const std::string& cookie,
                                Instant now) const override;
    base::Result<Use> use(const RequestContext&, const SessionCookies&,
                          const std::string& cookie, StoredRecord&,
                          Instant now) const override;
    bool use_again(SessionRecords&, const Provider&,
                   memory::IdentityTable::Entry&,
                   Instant now) const noexcept override;
    Progress<SetCookies> save(const RequestContext&, const SessionCookies&,
                              const Record&, Instant now) const override;
    Progress<Renewed> replace(const RequestContext&, const SessionCookies&,
                              const std::string& cookie, const StoredRecord&,
                              Instant now) const override;
    void distrust(const RequestContext&, const SessionCookies&,
                  const std::string& cookie) const override;
    Progress<Turn> take_turn(const RequestContext&, const SessionCookies&,
                             const std::string& cookie, const StoredRecord&,
                             bool only_try) const override;
    void end_turn(const RequestContext&, const SessionCookies&,
                  const std::string& cookie) const override;
    base::Status is_ready(const RequestContext& context) const override {
        return context.ports.remote->is_up() ? base::Status()
                                             : Errc::store_unavailable;
    }
    bool keeps_cookie() const noexcept override { return true; }
    Progress<void> remove(const RequestContext&, const SessionCookies&,
                          const std::string& cookie, Instant) const override;

    Progress<Listing> list(const RequestContext& context, std::string_view sub,
                           Instant now) const override {
        return list_remote(context, sub, now);
    }
    Progress<bool> end_listed(const RequestContext& context,
                              const std::string& id) const override {
        return end_remote(context, id);
    }

    bool is_in_zone() const noexcept override { return true; }
    bool needs_session_secret() const noexcept override { return true; }
};

// What does not open was not written for this cookie by any nginx with this
// configuration: then it is the store that cannot be relied on.
base::Result<StoredRecord> open_remote(const RequestContext& context,
                                       const SessionId& id,
                                       const RemoteRecord& remote,
                                       Instant now) {
    const SessionKey key = id.key();
    SessionRecords& copies = context.ports.sessions;
    auto sealed = id.open(remote.bytes, remote.generation);
    if (!sealed) {
        return base::Error(Errc::store_unavailable,
                           "what the store has is not this session");
    }
    auto opened = read_record(std::move(sealed));
    if (!opened) {
        return opened.error();
    }
    Found found{{.missed = remote.missed,
                 .generation = remote.generation,
                 .read = now,
                 .last_used = used_last(context.provider, remote.lasts, now),
                 .sealed = remote.bytes},
                {}};
    found.handle = keep(context, key, found.copy, now);
    if (copies.changes(key) != remote.changes) {
        copies.remove(key);
    }
    return stored_as(std::move(*opened), found,
                     is_certain(copies, found.copy, now));
}

Progress<StoredRecord> RedisStore::open(const RequestContext& context,
                                        const SessionCookies& presented,
                                        const std::string& cookie,
                                        Instant now) const {
    const auto id =
        SessionId::parse(cookie, context.provider, presented.binding);
    if (!id) {
        return id.error();
    }
    const SessionKey key = id->key();
    SessionRecords& copies = context.ports.sessions;
    const auto found = find_copy(copies, key, now);
    if (found && (is_certain(copies, found->copy, now) ||
                  now < found->copy.read + kUnheardLife)) {
        return open_copy(*id, *found, is_certain(copies, found->copy, now));
    }
    auto loading = context.ports.remote->load(key);
    if (loading.is_waiting()) {
        return std::move(loading.need());
    }
    const auto& loaded = loading.result();
    if (!loaded) {
        return open_stale(context, *id, found, loaded.error(), now);
    }
    if (!*loaded) {
        copies.remove(key);
        return Errc::session_expired;  // or ended, or evicted
    }
    return open_remote(context, *id, **loaded, now);
}

// Redis is told of a use when a part of the idle limit has gone by.
base::Result<Use> RedisStore::use(const RequestContext& context,
                                  const SessionCookies& presented,
                                  const std::string& cookie,
                                  StoredRecord& stored, Instant now) const {
    const Provider& provider = context.provider;
    const auto id = SessionId::parse(cookie, provider, presented.binding);
    if (!id) {
        return id.error();
    }
    SessionRecords& copies = context.ports.sessions;
    if (now >= slide_due(provider, stored.last_used) &&
        context.ports.remote->is_up()) {
        context.ports.remote->touch(id->key(),
                                    lasts(provider, stored.record, now));
        stored.last_used = now;
        if (auto found = find_copy(copies, id->key(), now)) {
            found->copy.last_used = now;
            stored.handle = keep(context, id->key(), found->copy, now);
        }
    }
    copies.touch(stored.handle, now);
    Use use{slide_due(provider, stored.last_used), {}};
    if (!stored.is_certain || use.until <= now) {
        use.until = std::min(std::max(use.until, now + kUnheardLife),
                             now + kUnheardLife);
    }
    return use;
}

bool RedisStore::use_again(SessionRecords& copies, const Provider&,
                           memory::IdentityTable::Entry& entry,
                           Instant now) const noexcept {
    return copies.is_current(entry.handle) &&
           (is_heard(copies, now) || now < entry.touched + kUnheardLife);
}

Progress<SetCookies> RedisStore::save(const RequestContext& context,
                                      const SessionCookies& presented,
                                      const Record& record, Instant now) const {
    const Provider& provider = context.provider;
    RemoteSessions& remote = *context.ports.remote;
    if (remote.new_cookie().empty()) {
        const auto drawn =
            SessionId::draw(context.ports.random, provider, presented.binding);
        if (!drawn) {
            return drawn.error();
        }
        remote.new_cookie() = base::Secret(drawn->cookie());
    }
    const auto id = SessionId::parse(remote.new_cookie().reveal(), provider,
                                     presented.binding);
    if (!id) {
        return id.error();
    }
    const auto sealed = seal_record(*id, record, 1);
    if (!sealed) {
        return sealed.error();
    }
    const auto owner =
        owner_of(context.ports.sealer.names_keys().front(), provider, record);
    if (!owner) {
        return owner.error();
    }
    auto saving =
        remote.save(id->key(), *owner, *sealed, lasts(provider, record, now),
                    now, absolute_end(provider, record));
    if (saving.is_waiting()) {
        return std::move(saving.need());
    }
    if (!saving.result()) {
        return saving.result().error();
    }
    auto set_cookies = expire_cookies(context, presented, 1);
    set_cookies.push_back(
        base::set_cookie(presented.name, id->cookie(),
                         web::cookie_attributes(provider, context.facts)));
    return set_cookies;
}

Progress<Renewed> RedisStore::replace(const RequestContext& context,
                                      const SessionCookies& presented,
                                      const std::string& cookie,
                                      const StoredRecord& renewed,
                                      Instant now) const {
    const Provider& provider = context.provider;
    const auto id = SessionId::parse(cookie, provider, presented.binding);
    if (!id) {
        return id.error();
    }
    const std::uint64_t next = renewed.generation + 1;
    const auto sealed = seal_record(*id, renewed.record, next);
    if (!sealed) {
        return sealed.error();
    }
    const std::uint64_t missed = context.ports.sessions.missed();
    auto replacing =
        context.ports.remote->replace(id->key(), renewed.generation, *sealed,
                                      lasts(provider, renewed.record, now));
    if (replacing.is_waiting()) {
        return std::move(replacing.need());
    }
    if (!replacing.result()) {
        return replacing.result().error();
    }
    if (!*replacing.result()) {
        return Errc::session_changed;
    }
    return Renewed{keep(context, id->key(),
                        {.missed = missed,
                         .generation = next,
                         .read = now,
                         .last_used = now,
                         .sealed = *sealed},
                        now),
                   {}};
}

void RedisStore::distrust(const RequestContext& context,
                          const SessionCookies& presented,
                          const std::string& cookie) const {
    if (const auto id =
            SessionId::parse(cookie, context.provider, presented.binding)) {
        context.ports.sessions.remove(id->key());
        context.ports.remote->forget(id->key());
    }
}

// Whoever takes the lease late may find that the session was renewed.
Progress<Turn> RedisStore::take_turn(const RequestContext& context,
                                     const SessionCookies& presented,
                                     const std::string& cookie,
                                     const StoredRecord& stored,
                                     bool only_try) const {
    const auto id =
        SessionId::parse(cookie, context.provider, presented.binding);
    if (!id) {
        return id.error();
    }
    auto taking = context.ports.remote->take_lease(id->key(), only_try);
    if (taking.is_waiting()) {
        return std::move(taking.need());
    }
    const auto& lease = taking.result();
    if (!lease) {
        return lease.error();
    }
    if (!lease->is_ours) {
        return Turn::others;
    }
    return lease->generation == stored.generation ? Turn::ours : Turn::passed;
}

void RedisStore::end_turn(const RequestContext& context,
                          const SessionCookies& presented,
                          const std::string& cookie) const {
    if (const auto id =
            SessionId::parse(cookie, context.provider, presented.binding)) {
        context.ports.remote->end_lease(id->key());
    }
}

// What is no session is not ended: whoever sends made-up cookies writes nothing
// into Redis.
Progress<void> RedisStore::remove(const RequestContext& context,
                                  const SessionCookies& presented,
                                  const std::string& cookie,
                                  Instant now) const {
    auto opened = open(context, presented, cookie, now);
    if (opened.is_waiting()) {
        return std::move(opened.need());
    }
    const auto& stored = opened.result();
    if (!stored) {
        return stored.error().code == Errc::store_unavailable
                   ? base::Status(stored.error())
                   : base::Status();
    }
    const auto id =
        SessionId::parse(cookie, context.provider, presented.binding);
    auto ending = context.ports.remote->end(id->key());
    if (!ending.is_waiting()) {
        context.ports.sessions.remove(id->key());
    }
    return ending;
}

}  // namespace

const Store& redis_store() noexcept {
    static constexpr RedisStore kStore;
    return kStore;
}

}  // namespace oidc::session
