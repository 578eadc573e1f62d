// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/sessions.hpp"

#include <algorithm>

#include "oidc/memory/acceptance.hpp"
#include "oidc/session/cookie_key.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/finished_logins.hpp"
#include "oidc/session/limits.hpp"

namespace oidc::session {
namespace {

using base::Errc;
using base::Instant;

base::Status check(const RequestContext& context, const StoredRecord& stored,
                   Instant now) {
    const Provider& provider = context.provider;
    const Record& record = stored.record;
    const bool ours = record.provider == provider.name &&
                      (record.issuer == provider.issuer ||
                       std::ranges::find(provider.issuers, record.issuer) !=
                           provider.issuers.end());

    if (!ours) {
        return Errc::session_invalid;
    }
    if (now >= absolute_end(provider, record) ||
        now >= idle_end(provider, stored.last_used)) {
        return Errc::session_expired;
    }
    return is_ended(context, record, now) ? Errc::session_ended
                                          : base::Status();
}

Progress<StoredRecord> open(const RequestContext& context,
                            const std::string& cookie,
                            const SessionCookies& presented, Instant now) {
    if (presented.binding.empty()) {
        return Errc::session_invalid;
    }
    auto opened =
        store_of(context.provider).open(context, presented, cookie, now);
    if (!opened.is_waiting() && opened.result()) {
        if (const auto status = check(context, *opened.result(), now);
            !status) {
            return status.error();
        }
    }
    return opened;
}

bool is_same_user(const Record& a, const Record& b) {
    const auto one = jose::Claims::parse(a.claims);
    const auto other = jose::Claims::parse(b.claims);
    return one && other && a.issuer == b.issuer && one->string("sub") &&
           one->string("sub") == other->string("sub");
}

// The one session that the cookies open. Other hosts of the domain can set
// cookies and add sessions of their own: if the sessions are of two users, none
// is chosen; of one user's, the newest is.
Progress<FoundSession> open_any(const RequestContext& context,
                                const SessionCookies& presented, Instant now) {
    base::Error error = presented.nothing_found();
    std::optional<FoundSession> chosen;

    for (const std::string& cookie : presented.cookies) {
        auto opened = open(context, cookie, presented, now);
        if (opened.is_waiting()) {
            return std::move(opened.need());
        }
        auto& stored = opened.result();
        if (!stored) {
            error = stored.error();
            continue;
        }
        if (chosen && !is_same_user(chosen->record, stored->record)) {
            return Errc::session_ambiguous;
        }
        if (!chosen || chosen->record.created < stored->record.created) {
            chosen = FoundSession{std::move(*stored), base::Secret(cookie)};
        }
    }
    return chosen ? base::Result<FoundSession>(std::move(*chosen)) : error;
}

// Absent if it cannot be told: then no late response may set it.
std::optional<Sealed> sealed_of(const RequestContext& context,
                                const Record& record) {
    auto stamps = stamps_of(context, record);
    auto refresh = RefreshOutcome::about(context, record);
    if (!stamps || !refresh) {
        return std::nullopt;
    }
    Sealed sealed{std::move(*stamps), std::nullopt,
                  RefreshOutcome::version_of(record)};
    if (!record.refresh_token.empty()) {
        sealed.refresh.emplace(std::move(*refresh));
    }
    return sealed;
}

// Remembers the session, marks it as used, and moves its idle limit on.
// `logouts` must be read before the session is opened.
base::Result<LoadedSession> accept_session(const RequestContext& context,
                                           const SessionCookies& presented,
                                           memory::Pieces credential,
                                           FoundSession& stored,
                                           std::uint64_t logouts, Instant now) {
    const Provider& provider = context.provider;
    const auto identity = identity_of(provider, stored.record, now);
    if (!identity) {
        return identity.error();
    }
    const Instant tokens = tokens_until(provider, stored.record, now);
    auto use = store_of(provider).use(
        context, presented, std::string(stored.cookie.reveal()), stored, now);
    if (!use) {
        return use.error();
    }
    const Instant until = std::min({(*identity)->expires, use->until, tokens});
    if (now < until) {
        context.ports.identities.put(provider.policy_id, credential,
                                     {.identity = *identity,
                                      .until = until,
                                      .generation = 0,
                                      .handle = stored.handle,
                                      .touched = now,
                                      .tokens_until = tokens,
                                      .logouts = logouts});
    }
    LoadedSession loaded{*identity, std::move(use->set_cookies)};
    if (!loaded.set_cookies.empty()) {
        loaded.sealed = sealed_of(context, stored.record);
    }
    if (now >= tokens) {
        loaded.due = std::move(stored);
    }
    return loaded;
}

// Finds a session in the cache of this worker, and marks it as used; null: it
// has to be looked up. The rules of the location are not checked.
memory::IdentityTable::Entry* recall_session(const SessionMemory& memory,
                                             const Provider& provider,
                                             memory::Pieces credential,
                                             Instant now) {
    auto* entry = memory.identities.find(provider.policy_id, credential);

    return entry && now < entry->until &&
                   entry->logouts == memory.marks.logouts() &&
                   store_of(provider).use_again(memory.sessions, provider,
                                                *entry, now)
               ? entry
               : nullptr;
}

SessionMemory memory_of(const Ports& ports) {
    return {ports.identities, ports.sessions, ports.marks};
}

// Afterwards no cookie of the request leads to a session here.
Progress<void> forget(const RequestContext& context,
                      const SessionCookies& presented, Instant now) {
    const Provider& provider = context.provider;
    SessionCookieKey credential(provider, context.facts.scheme,
                                context.facts.host);

    for (const std::string& cookie : presented.cookies) {
        context.ports.identities.erase(provider.policy_id,
                                       credential.of(cookie));
        auto removed =
            store_of(provider).remove(context, presented, cookie, now);
        if (removed.is_waiting() || !removed.result()) {
            return removed;
        }
    }
    return base::Status();
}

}  // namespace

Progress<LoadedSession> load_session(const RequestContext& context,
                                     Instant now) {
    const SessionCookies presented = read_session_cookies(context);
    SessionCookieKey credential(context.provider, context.facts.scheme,
                                context.facts.host);

    if (presented.cookies.size() == 1) {
        const auto* known =
            recall_session(memory_of(context.ports), context.provider,
                           credential.of(presented.cookies.front()), now);
        if (known) {
            return LoadedSession{known->identity, {}};
        }
    }
    const std::uint64_t logouts = context.ports.marks.logouts();
    auto opened = open_any(context, presented, now);
    if (opened.is_waiting()) {
        return std::move(opened.need());
    }
    auto& found = opened.result();
    if (!found) {
        return found.error();
    }
    return accept_session(context, presented,
                          credential.of(found->cookie.reveal()), *found,
                          logouts, now);
}

Progress<FoundSession> find_session(const RequestContext& context,
                                    Instant now) {
    return open_any(context, read_session_cookies(context), now);
}

Progress<SetCookies> save_session(const RequestContext& context,
                                  const Record& record, Instant now) {
    const SessionCookies presented = read_session_cookies(context);

    if (presented.binding.empty()) {
        return base::Error(Errc::callback_malformed,
                           "the request does not name its host");
    }
    if (auto forgotten = forget(context, presented, now);
        forgotten.is_waiting()) {
        return std::move(forgotten.need());
    }
    return store_of(context.provider).save(context, presented, record, now);
}

Progress<LoadedSession> renew_session(const RequestContext& context,
                                      FoundSession& session, Instant now) {
    const Provider& provider = context.provider;
    const Store& store = store_of(provider);
    const SessionCookies presented = read_session_cookies(context);
    SessionCookieKey credential(provider, context.facts.scheme,
                                context.facts.host);

    auto replaced = store.replace(
        context, presented, std::string(session.cookie.reveal()), session, now);
    if (replaced.is_waiting()) {
        return std::move(replaced.need());
    }
    auto& renewed = replaced.result();
    if (!renewed && renewed.error().code == Errc::session_changed) {
        return renewed.error();
    }
    if (!renewed) {
        auto left = find_session(context, now);
        if (left.is_waiting()) {
            return std::move(left.need());
        }
        return left.result() ? renewed.error() : left.result().error();
    }
    if (!store.keeps_cookie()) {
        const auto identity = identity_of(provider, session.record, now);
        if (!identity) {
            return identity.error();
        }
        LoadedSession loaded{*identity, std::move(renewed->set_cookies)};
        loaded.sealed = sealed_of(context, session.record);
        return loaded;
    }
    const std::uint64_t logouts = context.ports.marks.logouts();
    session.handle = renewed->handle;
    session.last_used = now;
    if (const auto status = check(context, session, now); !status) {
        return status.error();
    }
    return accept_session(context, presented,
                          credential.of(session.cookie.reveal()), session,
                          logouts, now);
}

Progress<SetCookies> end_session(const RequestContext& context, Instant now) {
    const SessionCookies presented = read_session_cookies(context);

    auto forgotten = forget(context, presented, now);
    if (forgotten.is_waiting()) {
        return std::move(forgotten.need());
    }
    if (!forgotten.result()) {
        return forgotten.result().error();
    }
    auto set_cookies = expire_cookies(context, presented, 0);
    if (auto logins = forget_finished_logins(context)) {
        set_cookies.push_back(std::move(*logins));
    }
    return set_cookies;
}

// Whether the store has forgotten them, too, does not matter here.
SetCookies remove_useless_cookies(const RequestContext& context, Instant now) {
    const SessionCookies presented = read_session_cookies(context);

    if (presented.is_doubled) {
        return {};
    }
    static_cast<void>(forget(context, presented, now));
    return expire_cookies(context, presented, 0);
}

bool is_outdated(SharedMarks& marks, const Sealed& sealed, Instant now) {
    return is_ended(marks, sealed.stamps, now) ||
           (sealed.refresh && sealed.refresh->handed_over(sealed.version, now));
}

base::Result<IdentityRef> identity_of(const Provider& provider,
                                      const Record& record, Instant now) {
    auto claims = jose::Claims::parse(record.claims);
    if (!claims) {
        return Errc::session_invalid;
    }
    auto identity = identify(provider, Method::session, std::move(*claims));

    identity->client_id = provider.client_id;
    identity->scope = record.scope;
    identity->expires = absolute_end(provider, record);
    if (now < record.access_expires) {
        identity->access_token = record.access_token;
    }
    identity->id_token = record.id_token;
    identity->userinfo = record.userinfo;
    return share(std::move(identity));
}

IdentityRef known_session(const SessionMemory& memory, const Provider& provider,
                          const Location& location, memory::Pieces credential,
                          Instant now) {
    if (credential.empty() || !location.methods.has(Method::session)) {
        return {};
    }
    return memory::accepted_at(
        recall_session(memory, provider, credential, now), location, 0, now);
}

}  // namespace oidc::session
