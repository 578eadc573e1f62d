// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/denials.hpp"

#include "crypto/hmac.hpp"

namespace oidc::session {

using base::Errc;
using base::Instant;

namespace {

struct Named {
    DeniedBy by;
    std::string_view value;  // "": it has none
};

std::string_view word(DeniedBy by) noexcept {
    for (const auto& [text, one] : kDeniedBy) {
        if (one == by) {
            return text;
        }
    }
    return "";
}

// It shows neither the user nor the token.
base::Result<crypto::Digest256> stamp_key(std::string_view key,
                                          const Provider& provider,
                                          const Named& named) {
    return crypto::hmac_fields(
        key, {"denied", provider.name, word(named.by), named.value});
}

// Whether one of them is denied; true also if that cannot be found out.
bool is_any_denied(const RequestContext& context,
                   std::initializer_list<Named> all, Instant now) {
    for (const std::string_view names_key : context.ports.names_keys) {
        for (const Named& one : all) {
            if (one.value.empty()) {
                continue;
            }
            const auto key = stamp_key(names_key, context.provider, one);
            if (!key || context.ports.marks.is_denied(*key, now)) {
                return true;
            }
        }
    }
    return false;
}

std::string_view text(const jose::Claims& claims, std::string_view name) {
    return claims.string(name).value_or("");
}

}  // namespace

base::Status deny(const RequestContext& context, DeniedBy by,
                  std::string_view value, Instant now, Instant until) {
    for (const std::string_view names_key : context.ports.names_keys) {
        const auto key = stamp_key(names_key, context.provider, {by, value});
        if (!key) {
            return key.error();
        }
        if (!context.ports.marks.deny(*key, now, until)) {
            return base::Error(Errc::store_failed,
                               "oidc_cache_zone has no room for a denial");
        }
    }
    return {};
}

base::Status undo_denial(const RequestContext& context, DeniedBy by,
                         std::string_view value, Instant now) {
    for (const std::string_view names_key : context.ports.names_keys) {
        const auto key = stamp_key(names_key, context.provider, {by, value});
        if (!key) {
            return key.error();
        }
        context.ports.marks.undo_denial(*key, now);
    }
    return {};
}

std::optional<Errc> denial_of(const RequestContext& context,
                              const Identity& who, Instant now) {
    if (context.ports.marks.denials() == 0) {
        return std::nullopt;
    }
    if (is_any_denied(context,
                      {{DeniedBy::sub, text(who.claims, "sub")},
                       {DeniedBy::client_id, who.client_id}},
                      now)) {
        return Errc::denied;
    }
    if (is_any_denied(context,
                      {{DeniedBy::sid, text(who.claims, "sid")},
                       {DeniedBy::jti, text(who.claims, "jti")},
                       {DeniedBy::origin_jti, text(who.claims, "origin_jti")}},
                      now)) {
        return Errc::token_denied;
    }
    return std::nullopt;
}

base::Result<std::vector<crypto::Digest256>> denials_of(
    const RequestContext& context, const Record& record,
    const jose::Claims& claims) {
    std::vector<crypto::Digest256> out;
    for (const std::string_view names_key : context.ports.names_keys) {
        for (const Named& one :
             {Named{DeniedBy::sid, record.sid},
              Named{DeniedBy::jti, text(claims, "jti")},
              Named{DeniedBy::origin_jti, text(claims, "origin_jti")}}) {
            if (one.value.empty()) {
                continue;
            }
            const auto key = stamp_key(names_key, context.provider, one);
            if (!key) {
                return key.error();
            }
            out.push_back(*key);
        }
    }
    return out;
}

}  // namespace oidc::session
