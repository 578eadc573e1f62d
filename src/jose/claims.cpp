#include "jose/claims.hpp"

#include <algorithm>

namespace jose {
namespace {

using base::Errc;
using base::Error;

}  // namespace

base::Result<Claims> Claims::parse(std::string_view text) {
    auto document = base::json::Document::parse(
        text, {.bytes = text.size(), .depth = kMaxClaimsDepth});

    if (!document) {
        return document.error().code == Errc::out_of_memory
                   ? document.error()
                   : Error{Errc::payload_malformed,
                           "the token's payload is not strict JSON"};
    }
    if (!document->root().is_object()) {
        return Error{Errc::payload_malformed,
                     "the token's payload is not a JSON object"};
    }
    return Claims(std::move(*document));
}

std::optional<std::string_view> Claims::string(
    std::string_view name) const noexcept {
    const auto value = get(name).string();

    return value && !value->empty() ? value : std::nullopt;
}

std::optional<base::Instant> Claims::time(
    std::string_view name) const noexcept {
    const auto seconds = get(name).integer();

    return seconds ? std::optional(base::instant(*seconds)) : std::nullopt;
}

bool Claims::holds(std::string_view name,
                   std::string_view value) const noexcept {
    const base::json::Value claim = get(name);

    if (claim.is_string()) {
        return claim.string() == value;
    }
    for (const base::json::Value one : claim.elements()) {
        if (one.string() == value) {
            return true;
        }
    }
    return false;
}

base::Status check_times(const Claims& claims, base::Instant now,
                         const TimeRule& rule) {
    const auto exp = claims.time("exp");
    const auto nbf = claims.time("nbf");
    const auto iat = claims.time("iat");
    const base::Instant latest = base::saturating_add(now, rule.leeway);

    if (!exp) {
        return Errc::exp_missing;
    }
    // RFC 7519 4.1.4: not accepted on or after it.
    if (base::saturating_add(*exp, rule.leeway) <= now) {
        return Errc::token_expired;
    }
    // A claim that cannot be read is no claim that is absent.
    if (claims.get("nbf").present() && (!nbf || *nbf > latest)) {
        return Errc::token_not_yet_valid;
    }
    if (rule.iat_required || claims.get("iat").present()) {
        if (!iat || *iat > latest) {
            return Errc::iat_invalid;
        }
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
