// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/exchange.hpp"

#include <algorithm>
#include <cstring>

#include "base/byte_io.hpp"
#include "oidc/memory/accept_cache.hpp"
#include "oidc/step.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

// How long an old answer serves before the provider is tried again.
constexpr base::Seconds kRenewalPause{10};

std::uint64_t policy(const RequestContext& context) {
    return memory::exchange_policy(context.provider, context.location);
}

bool is_refusal(const Error& error) {
    const base::Outcome outcome = base::outcome(error.code);
    return outcome == base::Outcome::invalid_token ||
           outcome == base::Outcome::forbidden;
}

}  // namespace

Lifetime token_lifetime(const Provider& provider, Instant expires,
                        Instant now) {
    const base::Seconds left = expires > now ? expires - now : base::Seconds{0};
    const base::Seconds life = provider.token_cache_ttl.count() > 0
                                   ? provider.token_cache_ttl
                                   : left / 4 * 3;
    return {std::min(expires, base::saturating_add(now, life)), expires};
}

Error Credential::unproven(Error error) const {
    if (base::outcome(error.code) == base::Outcome::invalid_token) {
        error.code = Errc::idp_malformed;
    }
    return error;
}

Lifetime Credential::life(const Provider& provider, const Grant& granted,
                          Instant now) const {
    return token_lifetime(provider, granted.expires, now);
}

std::uint64_t exchange_id(const Location& location) {
    base::ByteWriter text;

    text.blob("swap 1").u32(location.methods.bits());
    for (const AnyOf& entries : location.scopes) {
        text.u32(static_cast<std::uint32_t>(entries.size()));
        for (const AllOf& words : entries) {
            text.u32(static_cast<std::uint32_t>(words.size()));
            for (const std::string& word : words) {
                text.blob(word);
            }
        }
    }
    const auto digest = crypto::sha256(text.bytes());
    std::uint64_t id = 0;
    std::memcpy(&id, digest.data(), sizeof id);
    return id;
}

IdentityRef recall_exchanged(const RequestContext& context,
                             std::string_view credential, Instant now) {
    const auto* known =
        context.ports.identities().find(policy(context), credential);
    const bool holds =
        known &&
        known->is_good(context.ports.keys(context.provider).generation, now);
    return holds ? known->identity : IdentityRef();
}

CredentialExchange::CredentialExchange(const RequestContext& context,
                                       std::string_view shown,
                                       std::unique_ptr<Credential> credential)
    : context_(context), shown_(shown), credential_(std::move(credential)) {
}

CredentialExchange::Progress CredentialExchange::begin(Instant now) {
    auto place = GrantCache::of(context_, credential_->name());
    if (!place) {
        return base::Result<IdentityRef>(place.error());
    }
    place_.emplace(std::move(*place));
    return look(now);
}

CredentialExchange::Progress CredentialExchange::resumed(bool arrived,
                                                         Instant now) {
    switch (stage_) {
        case Stage::none:
            return fail(Errc::internal_error, now);
        case Stage::metadata:
            return approach(now);
        case Stage::keys:
            return look(now);
        case Stage::turn:
            has_turn_ = arrived;
            return look(now);
        case Stage::renewal:
            has_turn_ = arrived;
            return arrived ? look(now) : Progress(end(old_identity_));
        case Stage::reply_keys:
            return apply_step(now);
    }
    return fail(Errc::internal_error, now);
}

CredentialExchange::Progress CredentialExchange::fetched(
    const ProviderReply& reply, Instant now) {
    auto granted = credential_->read(context_, reply, now);
    if (!granted) {
        return fail(granted.error(), now);
    }
    granted_.emplace(std::move(*granted));
    return apply_step(now);
}

// What is known decides; else the provider is asked, when it is our turn.
CredentialExchange::Progress CredentialExchange::look(Instant now) {
    auto kept = place_->load(context_.ports, now);
    if (kept && kept->refusal) {
        return end(Error(*kept->refusal));
    }
    return kept && context_.provider.token_cache ? use(std::move(*kept), now)
                                                 : approach(now);
}

CredentialExchange::Progress CredentialExchange::use(CachedGrant kept,
                                                     Instant now) {
    auto identity = credential_->identify(context_, kept.granted, now);
    if (!identity) {
        if (keys_may_help(identity.error())) {
            return wait_for_keys(Stage::keys);
        }
        if (identity.error().code == Errc::keys_unavailable) {
            return end(identity.error());
        }
        // Expired, or the keys have changed since.
        return approach(now);
    }
    if (now < kept.fresh_until) {
        return end(remember(std::move(*identity), kept.fresh_until, now));
    }
    old_identity_ = share(std::move(*identity));
    old_.emplace(std::move(kept));
    return approach(now);
}

// The way to the provider: its metadata, then our turn.
CredentialExchange::Progress CredentialExchange::approach(Instant now) {
    const Metadata* metadata = context_.ports.metadata(context_.provider);
    if (!metadata && !metadata_awaited_) {
        metadata_awaited_ = true;
        return wait(Stage::metadata, {Await::What::metadata});
    }
    if (!metadata) {
        return old_ ? end(old_identity_) : end(Error(Errc::idp_unreachable));
    }
    if (has_turn_ || !context_.provider.token_cache) {
        return ask(*metadata, now);
    }
    if (rounds_++ == kMaxRounds) {
        return end(Error(Errc::idp_timeout));
    }
    // Nobody waits for a renewal.
    return wait(old_ ? Stage::renewal : Stage::turn,
                {.what = Await::What::flight,
                 .turn = place_->name(),
                 .only_try = old_.has_value()});
}

CredentialExchange::Progress CredentialExchange::ask(const Metadata& metadata,
                                                     Instant now) {
    auto call = credential_->question(context_, metadata);
    if (!call) {
        return fail(call.error(), now);
    }
    stage_ = Stage::none;
    return std::move(*call);
}

// Proves what the provider gave, keeps it, and lets the others have it.
CredentialExchange::Progress CredentialExchange::apply_step(Instant now) {
    auto identity = credential_->identify(context_, *granted_, now);
    if (!identity) {
        return keys_may_help(identity.error())
                   ? wait_for_keys(Stage::reply_keys)
                   : fail(credential_->unproven(identity.error()), now);
    }
    if (!context_.provider.token_cache) {
        return end(share(std::move(*identity)));
    }
    CachedGrant kept;
    kept.granted = std::move(*granted_);
    kept.granted.expires = std::min(kept.granted.expires, (*identity)->expires);
    const Lifetime life =
        credential_->life(context_.provider, kept.granted, now);
    kept.fresh_until = life.fresh_until;
    place_->save(context_.ports, kept, now, life.until);
    return end(remember(std::move(*identity), kept.fresh_until, now));
}

CredentialExchange::Progress CredentialExchange::fail(Error error,
                                                      Instant now) {
    const bool refused = is_refusal(error);
    if (old_ && !refused) {
        const Instant end_of_old = old_->granted.expires;
        old_->fresh_until =
            std::min(base::saturating_add(now, kRenewalPause), end_of_old);
        place_->save(context_.ports, *old_, now, end_of_old);
        return end(old_identity_);
    }
    CachedGrant kept;
    kept.refusal = error.code;
    place_->save(
        context_.ports, kept, now,
        base::saturating_add(now, refused ? kRefusalMemory : kFailureMemory));
    return end(error);
}

CredentialExchange::Progress CredentialExchange::wait(Stage stage, Await what) {
    stage_ = stage;
    return what;
}

CredentialExchange::Progress CredentialExchange::wait_for_keys(Stage stage) {
    keys_awaited_ = true;
    return wait(stage, {Await::What::keys,
                        context_.ports.keys(context_.provider).generation});
}

bool CredentialExchange::keys_may_help(const Error& error) const {
    return !keys_awaited_ && (error.code == Errc::keys_unavailable ||
                              error.code == Errc::unknown_kid);
}

base::Result<IdentityRef> CredentialExchange::end(
    base::Result<IdentityRef> result) {
    end_flight();
    return result;
}

IdentityRef CredentialExchange::remember(std::unique_ptr<Identity> found,
                                         Instant until, Instant now) {
    const IdentityRef identity = share(std::move(found));
    if (now < until) {
        context_.ports.identities().put(
            policy(context_), shown_,
            {.identity = identity,
             .until = until,
             .generation = context_.ports.keys(context_.provider).generation,
             .handle = {},
             .touched = now});
    }
    return identity;
}

void CredentialExchange::end_flight() {
    if (has_turn_) {
        has_turn_ = false;
        context_.ports.end_flight(place_->name());
    }
}

}  // namespace oidc::credential
