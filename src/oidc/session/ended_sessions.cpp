// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/ended_sessions.hpp"

#include "crypto/hmac.hpp"
#include "jose/claims.hpp"

namespace oidc::session {
namespace {

// The key of a stamp; it shows neither the session nor the user.
base::Result<crypto::Digest256> stamp_key(const RequestContext& context,
                                          const LogoutSubject& who) {
    const Provider& provider = context.provider;

    return crypto::hmac_fields(
        context.ports.names_key,
        {"logout", provider.name, provider.issuer, who.sid, who.sub});
}

bool is_named(const RequestContext& context, const LogoutSubject& who,
              base::Instant login, base::Instant now) {
    const auto key = stamp_key(context, who);
    if (!key) {
        return true;
    }
    const auto at = context.ports.marks.ended_at(*key, now);
    return at && *at >= login;
}

}  // namespace

base::Status note_logout(const RequestContext& context,
                         const LogoutSubject& who, base::Instant now) {
    const auto key = stamp_key(context, who);
    if (!key) {
        return key.error();
    }
    // A session from before ends by then at the latest.
    const auto until =
        base::saturating_add(now, context.provider.session_timeout);
    context.ports.marks.note_logout(*key, now, until);
    return {};
}

bool is_ended(const RequestContext& context, const Record& record,
              base::Instant now) {
    if (context.ports.marks.logouts() == 0) {
        return false;
    }
    if (const auto until = context.ports.marks.ended_until();
        until && record.created <= *until) {
        return true;
    }
    const auto claims = jose::Claims::parse(record.claims);
    if (!claims) {
        return true;
    }
    const std::string_view sub = claims->string("sub").value_or("");
    const std::string_view sid = record.sid;
    const auto named = [&](const LogoutSubject& who) {
        return is_named(context, who, record.created, now);
    };
    return (!sub.empty() && named({"", sub})) ||
           (!sid.empty() && (named({sid, ""}) || named({sid, sub})));
}

}  // namespace oidc::session
