// How a session is made and ended.
#include "base/cookie.hpp"
#include "oidc/cookies.hpp"
#include "oidc/identity_cache.hpp"
#include "oidc/presented_session.hpp"
#include "oidc/session_ticket.hpp"
#include "oidc/sessions.hpp"
#include "session/codec.hpp"

namespace oidc {
namespace {

using base::Errc;
using base::Instant;
using session::Record;

base::Result<std::vector<std::string>> put_into_store(
    const Context& context, const Presented& presented, const Record& record,
    Instant now) {
    const auto ticket =
        SessionTicket::draw(context.ports, context.provider, presented.binding);
    if (!ticket) {
        return ticket.error();
    }
    std::string encoded = session::encode(record);
    const base::Secret plain = base::Secret::take(encoded);
    const auto sealed = ticket->seal(plain.reveal());
    if (!sealed) {
        return sealed.error();
    }
    const auto handle =
        context.ports.save_session(context.provider, ticket->key(), *sealed,
                                   now, absolute_end(context.provider, record));
    if (!handle) {
        return handle.error();
    }
    auto set_cookies = expire_cookies(context, presented, 1);
    set_cookies.push_back(
        base::set_cookie(presented.name, ticket->cookie(),
                         cookie_attributes(context.provider, context.facts)));
    return set_cookies;
}

// Afterwards no cookie of the request leads to a session here.
void forget(const Context& context, const Presented& presented) {
    const Provider& provider = context.provider;

    for (const std::string& cookie : presented.cookies) {
        const auto credential = cache_credential(presented, cookie);
        context.ports.identities().erase(provider.policy_id,
                                         credential.reveal());
        const auto ticket =
            SessionTicket::parse(cookie, provider, presented.binding);
        if (provider.store == StoreKind::memory && ticket) {
            context.ports.remove_session(provider, ticket->key());
        }
    }
}

}  // namespace

base::Result<std::vector<std::string>> save_session(const Context& context,
                                                    const Record& record,
                                                    Instant now) {
    const Presented presented = presented_by(context);

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

std::vector<std::string> end_session(const Context& context) {
    const Presented presented = presented_by(context);

    forget(context, presented);
    return expire_cookies(context, presented, 0);
}

}  // namespace oidc
