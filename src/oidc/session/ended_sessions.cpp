// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/ended_sessions.hpp"

#include <algorithm>

#include "crypto/hmac.hpp"
#include "jose/claims.hpp"

namespace oidc::session {

using base::Instant;

namespace {

// The key of a stamp; it shows neither the session nor the user.
base::Result<crypto::Digest256> stamp_key(std::string_view key,
                                          const Provider& provider,
                                          const LogoutSubject& who) {
    return crypto::hmac_fields(
        key, {"logout", provider.name, provider.issuer, who.sid, who.sub});
}

base::Result<crypto::Digest256> own_key(std::string_view key,
                                        const Provider& provider,
                                        const Record& record) {
    return crypto::hmac_fields(key,
                               {"ended session", provider.name, record.id});
}

}  // namespace

base::Status note_end(const RequestContext& context, const Record& record,
                      Instant now) {
    const auto until =
        base::saturating_add(now, context.provider.session_timeout);
    for (const std::string_view names_key : context.ports.names_keys) {
        const auto key = own_key(names_key, context.provider, record);
        if (!key) {
            return key.error();
        }
        context.ports.marks.note_end(*key, now, until);
    }
    return {};
}

base::Status note_logout(const RequestContext& context,
                         const LogoutSubject& who, Instant now) {
    // A session from before ends by then at the latest.
    const auto until =
        base::saturating_add(now, context.provider.session_timeout);
    for (const std::string_view names_key : context.ports.names_keys) {
        const auto key = stamp_key(names_key, context.provider, who);
        if (!key) {
            return key.error();
        }
        context.ports.marks.note_logout(*key, now, until);
    }
    return {};
}

base::Result<SessionStamps> stamps_of(const RequestContext& context,
                                      const Record& record) {
    const auto claims = jose::Claims::parse(record.claims);
    if (!claims) {
        return claims.error();
    }
    const std::string_view sub = claims->string("sub").value_or("");
    const std::string_view sid = record.sid;
    auto denials = denials_of(context, record, *claims);
    if (!denials) {
        return denials.error();
    }
    SessionStamps stamps{{}, {}, std::move(*denials), record.created};
    std::vector<LogoutSubject> names;
    if (!sub.empty()) {
        names.push_back({"", sub});
    }
    if (!sid.empty()) {
        names.push_back({sid, ""});
        names.push_back({sid, sub});
    }
    for (const std::string_view names_key : context.ports.names_keys) {
        for (const LogoutSubject& who : names) {
            const auto key = stamp_key(names_key, context.provider, who);
            if (!key) {
                return key.error();
            }
            stamps.logouts.push_back(*key);
        }
        if (!record.id.empty()) {
            const auto own = own_key(names_key, context.provider, record);
            if (!own) {
                return own.error();
            }
            stamps.own.push_back(*own);
        }
    }
    return stamps;
}

bool is_ended(SharedMarks& marks, const SessionStamps& stamps, Instant now) {
    if (const auto until = marks.ended_until();
        until && stamps.login <= *until) {
        return true;
    }
    if (std::ranges::any_of(
            stamps.own,
            [&](const auto& key) { return marks.has_ended(key, now); }) ||
        std::ranges::any_of(stamps.denials, [&](const auto& one) {
            return is_denied(marks, one, now);
        })) {
        return true;
    }
    return std::ranges::any_of(stamps.logouts, [&](const auto& key) {
        const auto at = marks.ended_at(key, now);
        return at && *at >= stamps.login;
    });
}

bool is_ended(const RequestContext& context, const Record& record,
              Instant now) {
    if (context.ports.marks.logouts() == 0) {
        return false;
    }
    const auto stamps = stamps_of(context, record);
    return !stamps || is_ended(context.ports.marks, *stamps, now);
}

}  // namespace oidc::session
