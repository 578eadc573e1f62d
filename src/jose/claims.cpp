// SPDX-License-Identifier: Apache-2.0
#include "jose/claims.hpp"

#include <algorithm>

#include "base/base64url.hpp"

namespace jose {
namespace {

using base::Errc;
using base::Error;
using base::json::Value;

std::optional<base::Instant> instant_of(Value claim) noexcept {
    const auto seconds = claim.integer();

    return seconds ? std::optional(base::instant(*seconds)) : std::nullopt;
}

bool is_by(Value claim, base::Instant latest) noexcept {
    const auto instant = instant_of(claim);

    return instant && *instant <= latest;
}

}  // namespace

base::Result<Claims> Claims::parse(base::json::Text text) {
    const std::size_t size = text.view().size();
    auto document = base::json::Document::parse(
        std::move(text), {.bytes = size, .depth = kMaxClaimsDepth});

    if (!document) {
        return Error{Errc::payload_malformed,
                     "the token's payload is not strict JSON"};
    }
    if (!document->root().is_object()) {
        return Error{Errc::payload_malformed,
                     "the token's payload is not a JSON object"};
    }
    return Claims(std::move(*document));
}

base::Result<Claims> Claims::decode(std::string_view payload) {
    base::json::Text text(base::decoded_size(payload.size()));

    if (!base::base64url_decode(payload, text.data())) {
        return Error{Errc::payload_malformed,
                     "the token's payload is not base64url"};
    }
    return parse(std::move(text));
}

std::optional<std::string_view> Claims::string(
    std::string_view name) const noexcept {
    const auto value = get(name).string();

    return value && !value->empty() ? value : std::nullopt;
}

std::optional<base::Instant> Claims::time(
    std::string_view name) const noexcept {
    return instant_of(get(name));
}

bool Claims::holds(std::string_view name,
                   std::string_view value) const noexcept {
    const Value claim = get(name);

    if (claim.is_string()) {
        return claim.string() == value;
    }
    for (const Value one : claim.elements()) {
        if (one.string() == value) {
            return true;
        }
    }
    return false;
}

base::Status check_times(const Claims& claims, base::Instant now,
                         const TimeRule& rule) {
    const auto exp = claims.time("exp");
    const auto nbf = claims.get("nbf");
    const auto iat = claims.get("iat");
    const base::Instant latest = base::saturating_add(now, rule.leeway);

    if (!exp) {
        return Errc::exp_missing;
    }
    // RFC 7519 4.1.4: not accepted on or after it.
    if (base::saturating_add(*exp, rule.leeway) <= now) {
        return Errc::token_expired;
    }
    // A claim that cannot be read is no claim that is absent.
    if (nbf.present() && !is_by(nbf, latest)) {
        return Errc::token_not_yet_valid;
    }
    if ((rule.iat_required || iat.present()) && !is_by(iat, latest)) {
        return Errc::iat_invalid;
    }
    return {};
}

base::Status check_issuer(const Claims& claims,
                          const std::vector<std::string>& accepted) {
    const auto iss = claims.string("iss");

    if (!iss ||
        std::find(accepted.begin(), accepted.end(), *iss) == accepted.end()) {
        return Errc::iss_mismatch;
    }
    return {};
}

}  // namespace jose
