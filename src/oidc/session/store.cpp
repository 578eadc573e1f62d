// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/store.hpp"

#include "base/cookie.hpp"
#include "crypto/hmac.hpp"
#include "jose/claims.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/session/finished_logins.hpp"
#include "oidc/session/session_cookies.hpp"
#include "oidc/session/cookie_key.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/session/session_id.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/session/codec.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {
namespace {

using base::Errc;
using base::Instant;

base::Result<std::string> seal_record(const SessionId& ticket,
                                      const Record& record) {
    std::string encoded = encode(record);
    const base::Secret plain = base::Secret::take(encoded);

    return plain.size() > kMaxRecordBytes
               ? base::Result<std::string>(Errc::session_too_large)
               : ticket.seal(plain.reveal());
}

// A digest of the owner of the session; it shows neither the user nor the place
// of the record.
base::Result<crypto::Digest256> owner_of(const RequestContext& context,
                                         const Record& record) {
    const auto claims = jose::Claims::parse(record.claims);
    return crypto::hmac_fields(
        context.ports.zone_secret(),
        {"owner", context.provider.name, record.issuer,
         claims ? claims->string("sub").value_or("") : ""});
}

base::Result<std::vector<std::string>> put_into_store(
    const RequestContext& context, const SessionCookies& presented,
    const Record& record, Instant now) {
    const auto ticket =
        SessionId::draw(context.ports, context.provider, presented.binding);
    if (!ticket) {
        return ticket.error();
    }
    const auto sealed = seal_record(*ticket, record);
    if (!sealed) {
        return sealed.error();
    }
    const auto owner = owner_of(context, record);
    if (!owner) {
        return owner.error();
    }
    const auto handle = context.ports.save_session(
        context.provider, ticket->key(), *owner, *sealed, now,
        absolute_end(context.provider, record));
    if (!handle) {
        return handle.error();
    }
    auto set_cookies = expire_cookies(context, presented, 1);
    set_cookies.push_back(base::set_cookie(
        presented.name, ticket->cookie(),
        web::cookie_attributes(context.provider, context.facts)));
    return set_cookies;
}

base::Result<LoadedSession> renew_in_store(const RequestContext& context,
                                           const SessionCookies& presented,
                                           const FoundSession& session,
                                           Instant now) {
    const Provider& provider = context.provider;
    const auto ticket =
        SessionId::parse(session.cookie.reveal(), provider, presented.binding);
    if (!ticket) {
        return ticket.error();
    }
    const auto sealed = seal_record(*ticket, session.record);
    if (!sealed) {
        return sealed.error();
    }
    const auto handle = context.ports.replace_session(
        provider, ticket->key(), session.handle, *sealed, now,
        absolute_end(provider, session.record));
    if (!handle) {
        const auto left = find_session(context, now);
        return left ? handle.error() : left.error();
    }
    return load_session(context, now);
}

base::Result<LoadedSession> renew_in_cookies(const RequestContext& context,
                                             const SessionCookies& presented,
                                             const FoundSession& session,
                                             Instant now) {
    const auto identity = identity_of(context.provider, session.record, now);
    if (!identity) {
        return identity.error();
    }
    auto cookies = seal_into_cookies(context, presented, session.record);
    if (!cookies) {
        return cookies.error();
    }
    return LoadedSession{*identity, std::move(*cookies), false};
}

// Afterwards no cookie of the request leads to a session here.
void forget(const RequestContext& context, const SessionCookies& presented) {
    const Provider& provider = context.provider;
    SessionCookieKey credential(provider, context.facts.scheme,
                                context.facts.host);

    for (const std::string& cookie : presented.cookies) {
        context.ports.identities().erase(provider.policy_id,
                                         credential.of(cookie));
        const auto ticket =
            SessionId::parse(cookie, provider, presented.binding);
        if (provider.store == StoreKind::memory && ticket) {
            context.ports.remove_session(provider, ticket->key());
        }
    }
}

}  // namespace

base::Result<std::vector<std::string>> save_session(
    const RequestContext& context, const Record& record, Instant now) {
    const SessionCookies presented = read_session_cookies(context);

    if (presented.binding.empty()) {
        return base::Error(Errc::callback_malformed,
                           "the request does not name its host");
    }
    forget(context, presented);
    switch (context.provider.store) {
        case StoreKind::memory:
            return put_into_store(context, presented, record, now);
        case StoreKind::cookie:
            return seal_into_cookies(context, presented, record);
    }
    return Errc::internal_error;
}

base::Result<LoadedSession> renew_session(const RequestContext& context,
                                          const FoundSession& session,
                                          Instant now) {
    const SessionCookies presented = read_session_cookies(context);

    switch (context.provider.store) {
        case StoreKind::memory:
            return renew_in_store(context, presented, session, now);
        case StoreKind::cookie:
            return renew_in_cookies(context, presented, session, now);
    }
    return Errc::internal_error;
}

std::vector<std::string> end_session(const RequestContext& context) {
    const SessionCookies presented = read_session_cookies(context);

    forget(context, presented);
    auto set_cookies = expire_cookies(context, presented, 0);
    if (auto logins = forget_finished_logins(context)) {
        set_cookies.push_back(std::move(*logins));
    }
    return set_cookies;
}

std::vector<std::string> remove_useless_cookies(const RequestContext& context) {
    const SessionCookies presented = read_session_cookies(context);

    if (presented.is_doubled) {
        return {};
    }
    forget(context, presented);
    return expire_cookies(context, presented, 0);
}

}  // namespace oidc::session
