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

// They show neither the user nor the token.
base::Result<DenialStamps> stamps_of(const RequestContext& context,
                                     const Named& named) {
    DenialStamps out;
    for (const std::string_view key : context.ports.names_keys) {
        const auto stamp = crypto::hmac_fields(
            key,
            {"denied", context.provider.name, word(named.by), named.value});
        if (!stamp) {
            return stamp.error();
        }
        out.push_back(*stamp);
    }
    return out;
}

// Whether one of them is denied; true also if that cannot be found out.
bool is_any_denied(const RequestContext& context,
                   std::initializer_list<Named> all, Instant now) {
    for (const Named& one : all) {
        if (one.value.empty()) {
            continue;
        }
        const auto stamps = stamps_of(context, one);
        if (!stamps || is_denied(context.ports.marks, *stamps, now)) {
            return true;
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
    const auto stamps = stamps_of(context, {by, value});
    if (!stamps) {
        return stamps.error();
    }
    for (const crypto::Digest256& stamp : *stamps) {
        if (!context.ports.marks.deny(stamp, now, until)) {
            return base::Error(Errc::store_failed,
                               "oidc_cache_zone has no room for a denial");
        }
    }
    return {};
}

base::Status undo_denial(const RequestContext& context, DeniedBy by,
                         std::string_view value, Instant now) {
    const auto stamps = stamps_of(context, {by, value});
    if (!stamps) {
        return stamps.error();
    }
    for (const crypto::Digest256& stamp : *stamps) {
        context.ports.marks.undo_denial(stamp, now);
    }
    return {};
}

bool is_denied(SharedMarks& marks, const DenialStamps& stamps, Instant now) {
    for (const crypto::Digest256& stamp : stamps) {
        if (const auto denied = marks.is_denied(stamp, now)) {
            return *denied;
        }
    }
    return false;
}

std::optional<Errc> denial_of(const RequestContext& context,
                              const Identity& who, Instant now) {
    if (!context.ports.marks.is_informed(now)) {
        return Errc::store_unavailable;
    }
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

base::Result<std::vector<DenialStamps>> denials_of(
    const RequestContext& context, const Record& record,
    const jose::Claims& claims) {
    std::vector<DenialStamps> out;
    for (const Named& one :
         {Named{DeniedBy::sid, record.sid},
          Named{DeniedBy::jti, text(claims, "jti")},
          Named{DeniedBy::origin_jti, text(claims, "origin_jti")}}) {
        if (one.value.empty()) {
            continue;
        }
        auto stamps = stamps_of(context, one);
        if (!stamps) {
            return stamps.error();
        }
        out.push_back(std::move(*stamps));
    }
    return out;
}

}  // namespace oidc::session
