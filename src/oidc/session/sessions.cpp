// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/sessions.hpp"

#include <algorithm>

#include "oidc/memory/accept_cache.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/session_cookies.hpp"
#include "oidc/session/cookie_key.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/session/session_id.hpp"
#include "oidc/session/codec.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/policy.hpp"

namespace oidc::session {
namespace {

using base::Errc;
using base::Instant;

struct Opened {
    Record record;
    SessionHandle handle;
    Instant last_used;
};

base::Status check(const RequestContext& context, const Opened& opened,
                   Instant now) {
    const Provider& provider = context.provider;
    const Record& record = opened.record;
    const bool ours = record.provider == provider.name &&
                      (record.issuer == provider.issuer ||
                       std::ranges::find(provider.issuers, record.issuer) !=
                           provider.issuers.end());

    if (!ours) {
        return Errc::session_invalid;
    }
    if (now >= absolute_end(provider, record) ||
        now >= idle_end(provider, opened.last_used)) {
        return Errc::session_expired;
    }
    return is_ended(context, record, now) ? Errc::session_ended
                                          : base::Status();
}

base::Result<Opened> open_record(base::Result<std::string> plain) {
    if (!plain) {
        return plain.error();
    }
    const base::Secret bytes = base::Secret::take(*plain);
    auto record = decode(bytes.reveal());
    if (!record) {
        return record.error();
    }
    const Instant last_used = std::max(record->created, record->last_used);
    return Opened{std::move(*record), {}, last_used};
}

base::Result<Opened> open_stored(const RequestContext& context,
                                 const std::string& cookie,
                                 const SessionCookies& presented, Instant now) {
    const auto ticket =
        SessionId::parse(cookie, context.provider, presented.binding);
    if (!ticket) {
        return ticket.error();
    }
    const auto stored =
        context.ports.load_session(context.provider, ticket->key(), now);
    if (!stored) {
        return Errc::session_expired;  // or evicted, or lost
    }
    auto opened = open_record(ticket->open(stored->bytes));
    if (opened) {
        opened->handle = stored->handle;
        opened->last_used = std::max(opened->last_used, stored->last_used);
    }
    return opened;
}

base::Result<Opened> open(const RequestContext& context,
                          const std::string& cookie,
                          const SessionCookies& presented, Instant now) {
    if (presented.binding.empty()) {
        return Errc::session_invalid;
    }
    auto opened =
        context.provider.store == StoreKind::memory
            ? open_stored(context, cookie, presented, now)
            : open_record(context.ports.sealer(context.provider)
                              .open(seal_context(context, presented), cookie));
    if (opened) {
        if (const auto status = check(context, *opened, now); !status) {
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

struct Chosen {
    std::string cookie;
    Opened opened;
};

// The one session that the cookies open. Other hosts of the domain can set
// cookies and add sessions of their own: if the sessions are of two users, none
// is chosen; of one user's, the newest is.
base::Result<Chosen> open_any(const RequestContext& context,
                              const SessionCookies& presented, Instant now) {
    base::Error error = presented.nothing_found();
    std::optional<Chosen> chosen;

    for (const std::string& cookie : presented.cookies) {
        auto opened = open(context, cookie, presented, now);
        if (!opened) {
            error = opened.error();
            continue;
        }
        if (chosen && !is_same_user(chosen->opened.record, opened->record)) {
            return Errc::session_ambiguous;
        }
        if (!chosen || chosen->opened.record.created < opened->record.created) {
            chosen = Chosen{cookie, std::move(*opened)};
        }
    }
    return chosen ? base::Result<Chosen>(std::move(*chosen)) : error;
}

// Remembers the session, marks it as used, and moves its idle limit on.
// `logouts` is from before it was judged.
base::Result<LoadedSession> accept_session(const RequestContext& context,
                                           const SessionCookies& presented,
                                           memory::Pieces credential,
                                           Opened opened, std::uint64_t logouts,
                                           Instant now) {
    const Provider& provider = context.provider;
    const auto identity = identity_of(provider, opened.record, now);
    if (!identity) {
        return identity.error();
    }
    const Instant tokens = tokens_until(provider, opened.record, now);
    LoadedSession loaded{*identity, {}, now >= tokens};
    Instant until = (*identity)->expires;

    switch (provider.store) {
        case StoreKind::memory:
            context.ports.touch_session(provider, opened.handle, now);
            until = std::min(until, idle_end(provider, now));
            break;
        case StoreKind::cookie:
            until = std::min(until, slide_due(provider, opened.last_used));
            if (now >= until) {
                opened.record.last_used = now;
                auto cookies =
                    seal_into_cookies(context, presented, opened.record);
                if (!cookies) {
                    return cookies.error();
                }
                loaded.set_cookies = std::move(*cookies);
            }
            break;
    }
    until = std::min(until, tokens);
    if (now < until) {
        context.ports.identities().put(provider.policy_id, credential,
                                       {.identity = *identity,
                                        .until = until,
                                        .generation = 0,
                                        .handle = opened.handle,
                                        .touched = now,
                                        .tokens_until = tokens,
                                        .logouts = logouts});
    }
    return loaded;
}

}  // namespace

base::Result<LoadedSession> load_session(const RequestContext& context,
                                         Instant now) {
    const SessionCookies presented = read_session_cookies(context);
    SessionCookieKey credential(context.provider, context.facts.scheme,
                                context.facts.host);

    if (presented.cookies.size() == 1) {
        const auto* known =
            recall_session(context.ports, context.provider,
                           credential.of(presented.cookies.front()), now);
        if (known) {
            return LoadedSession{known->identity, {}, false};
        }
    }
    const std::uint64_t logouts = context.ports.logouts();
    auto chosen = open_any(context, presented, now);
    if (!chosen) {
        return chosen.error();
    }
    return accept_session(context, presented, credential.of(chosen->cookie),
                          std::move(chosen->opened), logouts, now);
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

base::Result<FoundSession> find_session(const RequestContext& context,
                                        Instant now) {
    auto chosen = open_any(context, read_session_cookies(context), now);
    if (!chosen) {
        return chosen.error();
    }
    return FoundSession{std::move(chosen->opened.record),
                        base::Secret(chosen->cookie), chosen->opened.handle};
}

base::Result<Record> load_record(const RequestContext& context, Instant now) {
    auto found = find_session(context, now);
    if (!found) {
        return found.error();
    }
    return std::move(found->record);
}

memory::IdentityTable::Entry* recall_session(Ports& ports,
                                             const Provider& provider,
                                             memory::Pieces credential,
                                             base::Instant now) {
    auto* entry = ports.identities().find(provider.policy_id, credential);

    if (!entry || now >= entry->until || entry->logouts != ports.logouts()) {
        return nullptr;
    }
    if (provider.store == StoreKind::memory) {
        // Another worker may have changed or removed it.
        if (!ports.is_current(provider, entry->handle)) {
            return nullptr;
        }
        if (now > entry->touched) {
            ports.touch_session(provider, entry->handle, now);
            entry->touched = now;
            entry->until =
                std::min({entry->identity->expires, entry->tokens_until,
                          idle_end(provider, now)});
        }
    }
    return entry;
}

IdentityRef known_session(Ports& ports, const Provider& provider,
                          const Location& location, memory::Pieces credential,
                          base::Instant now) {
    if (credential.empty() || !location.methods.has(Method::session)) {
        return {};
    }
    return memory::accepted_at(recall_session(ports, provider, credential, now),
                               location, 0, now);
}

}  // namespace oidc::session
