// SPDX-License-Identifier: Apache-2.0
#include "oidc/token/logout_token.hpp"

#include <algorithm>

#include "jose/verify.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/token/id_token.hpp"
#include "oidc/token/signature.hpp"
#include "oidc/token/token_rules.hpp"

namespace oidc::token {
namespace {

using base::Errc;
using base::Error;
using base::Instant;
using base::Status;
using jose::Claims;

constexpr std::string_view kEvent =
    "http://schemas.openid.net/event/backchannel-logout";

// The end of the token's life: by its age or its expiry.
Instant end_of(const Claims& claims, const Provider& provider) {
    const Instant none = Instant::min();
    const Instant end =
        std::min(claims.time("exp").value_or(none),
                 base::saturating_add(claims.time("iat").value_or(none),
                                      kMaxLogoutTokenAge));
    return base::saturating_add(end, provider.leeway);
}

Status check_age(const Claims& claims, const Provider& provider, Instant now) {
    const jose::TimeRule rule{.leeway = provider.leeway, .iat_required = true};
    if (auto status = jose::check_times(claims, now, rule); !status) {
        return status;
    }
    return now < end_of(claims, provider)
               ? Status()
               : Error(Errc::iat_invalid,
                       "the logout token was issued too long ago");
}

// 2.6 (6): the member says what the token is for, and is an object.
Status check_event(const Claims& claims) {
    return claims.get("events").member(kEvent).is_object()
               ? Status()
               : Error(Errc::logout_token_invalid,
                       "the token's events do not tell of a logout");
}

// 2.6 (7): so that no ID token is taken for it, nor it for an ID token.
Status check_nonce(const Claims& claims) {
    return claims.get("nonce").present() ? Error(Errc::logout_token_invalid,
                                                 "the logout token has a nonce")
                                         : Status();
}

// Absent, or a string that says something.
bool is_text_if_present(const Claims& claims, std::string_view name) {
    return !claims.get(name).present() || claims.string(name);
}

// 2.6 (5).
Status check_names(const Claims& claims) {
    const bool named = claims.string("sub") || claims.string("sid");
    return named && is_text_if_present(claims, "sub") &&
                   is_text_if_present(claims, "sid")
               ? Status()
               : Error(Errc::logout_token_invalid,
                       "the logout token has no usable sub and sid");
}

Status check_jti(const Claims& claims) {
    return claims.string("jti") ? Status()
                                : Error(Errc::logout_token_invalid,
                                        "the logout token has no jti");
}

Status check(const Claims& claims, const Provider& provider, Instant now) {
    for (const Status& status :
         {jose::check_issuer(claims, provider.issuers),
          check_audience(claims, provider), check_age(claims, provider, now),
          check_event(claims), check_nonce(claims), check_names(claims),
          check_jti(claims)}) {
        if (!status) {
            return status;
        }
    }
    return {};
}

}  // namespace

base::Result<LogoutToken> verify_logout_token(const RequestContext& context,
                                              std::string_view token,
                                              Instant now) {
    const auto keys = keys_at_hand(context, token);
    if (!keys) {
        return keys.error();
    }
    const auto claims =
        check_signature(context.provider, *keys, jose::DigestedToken(token, {}),
                        jose::TypRule::logout_token);
    if (!claims) {
        return claims.error();
    }
    if (const auto status = check(*claims, context.provider, now); !status) {
        return status.error();
    }
    LogoutToken logout;
    logout.sid = claims->string("sid").value_or("");
    logout.sub = claims->string("sub").value_or("");
    logout.jti = claims->string("jti").value_or("");
    logout.until = end_of(*claims, context.provider);
    return logout;
}

}  // namespace oidc::token
