// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/refresh_outcome.hpp"

#include "crypto/aead.hpp"
#include "crypto/hmac.hpp"
#include "oidc/session/codec.hpp"

namespace oidc::session {
namespace {

using base::Instant;
using base::Seconds;

constexpr std::string_view kPlacePurpose = "session refresh 1";
constexpr std::string_view kHandOverPurpose = "refreshed session 1";

base::Result<crypto::Aead> aead_of(const base::Secret& token) {
    const auto key = crypto::derive_key(token.reveal(), kHandOverPurpose);
    if (!key) {
        return key.error();
    }
    return crypto::Aead::create(*key);
}

}  // namespace

base::Result<RefreshOutcome> RefreshOutcome::about(const RequestContext& c,
                                                   const Record& record) {
    const auto place = crypto::hmac_fields(
        c.ports.names_key(),
        {kPlacePurpose, c.provider.name, record.refresh_token.reveal()});
    if (!place) {
        return place.error();
    }
    return RefreshOutcome(c, *place, record.refresh_token.clone());
}

RefreshOutcome::Fate RefreshOutcome::fate(Instant now) const {
    const auto note = grants_->load(place_, now);

    return note && !note->empty() ? static_cast<Fate>(note->front())
                                  : Fate::none;
}

void RefreshOutcome::note(Fate fate, Instant now, Seconds life) const {
    grants_->save(place_, std::string(1, static_cast<char>(fate)), now,
                  base::saturating_add(now, life));
}

void RefreshOutcome::hand_over(const Record& renewed, Instant now,
                               Seconds life) const {
    std::string encoded = encode(renewed);
    const base::Secret plain = base::Secret::take(encoded);
    const auto aead = aead_of(token_);
    const auto sealed =
        aead ? aead->seal(plain.reveal(), provider_) : aead.error();

    if (sealed) {
        grants_->save(place_, static_cast<char>(Fate::renewed) + *sealed, now,
                      base::saturating_add(now, life));
    }
}

std::optional<Record> RefreshOutcome::handed_over(const Version& old,
                                                  Instant now) const {
    const auto note = grants_->load(place_, now);
    if (!note || !note->starts_with(static_cast<char>(Fate::renewed))) {
        return std::nullopt;
    }
    const auto aead = aead_of(token_);
    auto plain = aead ? aead->open(std::string_view(*note).substr(1), provider_)
                      : aead.error();
    if (!plain) {
        return std::nullopt;
    }
    const base::Secret bytes = base::Secret::take(*plain);
    auto record = decode(bytes.reveal());
    const bool is_newer = record && record->created == old.created &&
                          record->access_issued > old.access_issued;
    return is_newer ? std::optional(std::move(*record)) : std::nullopt;
}

}  // namespace oidc::session
