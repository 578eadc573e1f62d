// SPDX-License-Identifier: Apache-2.0
// Sessions in shared memory. The cookie holds 32 random bytes, from which both
// the place of the record and the key that seals it are derived: who reads the
// memory, without the cookie, reads nothing.
#include <algorithm>

#include "base/cookie.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/session/listing.hpp"
#include "oidc/session/sealed_record.hpp"
#include "oidc/session/session_id.hpp"
#include "oidc/session/store.hpp"
#include "oidc/web/own_cookies.hpp"

namespace oidc::session {
namespace {

using base::Errc;
using base::Instant;

class MemoryStore final : public Store {
public:
    std::vector<std::string> values(const RequestFacts& facts,
                                    const std::string& name) const override {
        const auto found = web::cookie_values(facts, name);
        return {found.begin(),
                found.begin() + static_cast<std::ptrdiff_t>(std::min(
                                    found.size(), kMaxSessionCookies))};
    }
    std::size_t arrange(std::span<std::string_view, web::kMaxChunks>,
                        std::span<const unsigned, web::kMaxChunks> seen)
        const noexcept override {
        return seen[0] == 1 ? 1 : 0;
    }

    Progress<StoredRecord> open(const RequestContext&, const SessionCookies&,
                                const std::string& cookie,
                                Instant now) const override;
    base::Result<Use> use(const RequestContext& context, const SessionCookies&,
                          const std::string&, StoredRecord& stored,
                          Instant now) const override {
        context.ports.sessions.touch(stored.handle, now);
        return Use{idle_end(context.provider, now), {}};
    }
    bool use_again(SessionRecords& sessions, const Provider& provider,
                   memory::IdentityTable::Entry& entry,
                   Instant now) const noexcept override;
    Progress<SetCookies> save(const RequestContext&, const SessionCookies&,
                              const Record&, Instant now) const override;
    Progress<Renewed> replace(const RequestContext&, const SessionCookies&,
                              const std::string& cookie, const StoredRecord&,
                              Instant now) const override;
    bool keeps_cookie() const noexcept override { return true; }
    Progress<void> remove(const RequestContext& context,
                          const SessionCookies& presented,
                          const std::string& cookie, Instant) const override {
        if (const auto id =
                SessionId::parse(cookie, context.provider, presented.binding)) {
            context.ports.sessions.remove(id->key());
        }
        return base::Status();
    }

    Progress<Listing> list(const RequestContext&, std::string_view sub,
                           Instant now) const override;
    Progress<bool> end_listed(const RequestContext& context,
                              const std::string& id) const override {
        const auto key = read_listed_id(id);
        return key && context.ports.sessions.remove(*key);
    }

    bool is_in_zone() const noexcept override { return true; }
    bool needs_session_secret() const noexcept override { return false; }
};

Progress<StoredRecord> MemoryStore::open(const RequestContext& context,
                                         const SessionCookies& presented,
                                         const std::string& cookie,
                                         Instant now) const {
    const auto id =
        SessionId::parse(cookie, context.provider, presented.binding);
    if (!id) {
        return id.error();
    }
    const auto stored = context.ports.sessions.load(id->key(), now);
    if (!stored) {
        return Errc::session_expired;  // or evicted, or lost
    }
    auto opened = read_record(id->open(stored->bytes));
    if (opened) {
        opened->handle = stored->handle;
        opened->last_used = std::max(opened->last_used, stored->last_used);
    }
    return opened;
}

bool MemoryStore::use_again(SessionRecords& sessions, const Provider& provider,
                            memory::IdentityTable::Entry& entry,
                            Instant now) const noexcept {
    // Another worker may have changed or removed it.
    if (!sessions.is_current(entry.handle)) {
        return false;
    }
    if (now > entry.touched) {
        sessions.touch(entry.handle, now);
        entry.touched = now;
        entry.until = std::min({entry.identity->expires, entry.tokens_until,
                                idle_end(provider, now)});
    }
    return true;
}

Progress<SetCookies> MemoryStore::save(const RequestContext& context,
                                       const SessionCookies& presented,
                                       const Record& record,
                                       Instant now) const {
    const auto id = SessionId::draw(context.ports.random, context.provider,
                                    presented.binding);
    if (!id) {
        return id.error();
    }
    const auto sealed = seal_record(*id, record);
    if (!sealed) {
        return sealed.error();
    }
    const auto owner =
        owner_of(context.ports.names_key(), context.provider, record);
    if (!owner) {
        return owner.error();
    }
    const auto handle =
        context.ports.sessions.save(id->key(), *owner, *sealed, now,
                                    absolute_end(context.provider, record));
    if (!handle) {
        return handle.error();
    }
    auto set_cookies = expire_cookies(context, presented, 1);
    set_cookies.push_back(base::set_cookie(
        presented.name, id->cookie(),
        web::cookie_attributes(context.provider, context.facts)));
    return set_cookies;
}

Progress<Renewed> MemoryStore::replace(const RequestContext& context,
                                       const SessionCookies& presented,
                                       const std::string& cookie,
                                       const StoredRecord& renewed,
                                       Instant now) const {
    const auto id =
        SessionId::parse(cookie, context.provider, presented.binding);
    if (!id) {
        return id.error();
    }
    const auto sealed = seal_record(*id, renewed.record);
    if (!sealed) {
        return sealed.error();
    }
    const auto replaced = context.ports.sessions.replace(
        id->key(), renewed.handle, *sealed, now,
        absolute_end(context.provider, renewed.record));
    if (!replaced) {
        return replaced.error();
    }
    return Renewed{*replaced, {}};
}

Progress<Listing> MemoryStore::list(const RequestContext& context,
                                    std::string_view sub, Instant now) const {
    const auto owners =
        owners_of(context.ports.names_keys, context.provider, sub);
    if (!owners) {
        return owners.error();
    }
    std::vector<ListedSession> out;
    for (const crypto::Digest256& owner : *owners) {
        for (const OwnedSession& one :
             context.ports.sessions.owned(owner, now)) {
            if (auto listed = as_listed(context.provider, one, now)) {
                out.push_back(std::move(*listed));
            }
        }
    }
    return std::optional(std::move(out));
}

}  // namespace

const Store& memory_store() noexcept {
    static constexpr MemoryStore kStore;
    return kStore;
}

}  // namespace oidc::session
