// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/exchange.hpp"

#include <algorithm>
#include <cstring>

#include "base/byte_io.hpp"
#include "oidc/memory/acceptance.hpp"
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

std::uint64_t judged_by(const RequestContext& context) {
    return memory::judged_by(context.ports.provider.keys().generation,
                             context.ports.marks.denials());
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
        context.ports.identities.find(policy(context), credential);
    const bool holds = known && known->is_good(judged_by(context), now);
    return holds ? known->identity : IdentityRef();
}

CredentialExchange::CredentialExchange(const RequestContext& context,
                                       std::string_view shown,
                                       std::unique_ptr<Credential> credential)
    : context_(context),
      shown_(shown),
      credential_(std::move(credential)),
      call_(context) {
}

Progress<IdentityRef> CredentialExchange::begin(Instant now) {
    auto place = GrantCache::of(context_, credential_->name());
    if (!place) {
        return place.error();
    }
    place_.emplace(std::move(*place));
    return look(now);
}

Progress<IdentityRef> CredentialExchange::resumed(bool arrived, Instant now) {
    call_.resumed(arrived);
    return granted_ ? prove(now) : look(now);
}

Progress<IdentityRef> CredentialExchange::fetched(const ProviderReply& reply,
                                                  Instant now) {
    auto granted = credential_->read(context_, reply, now);
    if (!granted) {
        call_.note(reply, granted.error().code);
        return fail(granted.error(), now);
    }
    call_.note(reply, std::nullopt);
    granted_.emplace(std::move(*granted));
    return prove(now);
}

// What is known decides; else the provider is asked, when the flight is ours.
Progress<IdentityRef> CredentialExchange::look(Instant now) {
    auto kept = place_->load(context_.ports.grants, now);
    if (kept && kept->refusal) {
        return end(Error(*kept->refusal));
    }
    return kept && context_.provider.token_cache ? use(std::move(*kept), now)
                                                 : ask(now);
}

Progress<IdentityRef> CredentialExchange::use(CachedGrant kept, Instant now) {
    auto identity = credential_->identify(context_, kept.granted, now);
    if (!identity) {
        if (const auto newer = call_.newer_keys(identity.error())) {
            return *newer;
        }
        if (identity.error().code == Errc::keys_unavailable) {
            return end(identity.error());
        }
        // Expired, or the keys have changed since.
        return ask(now);
    }
    if (now < kept.fresh_until) {
        return end(remember(std::move(*identity), kept.fresh_until, now));
    }
    old_identity_ = share(std::move(*identity));
    old_.emplace(std::move(kept));
    return ask(now);
}

Progress<IdentityRef> CredentialExchange::ask(Instant now) {
    auto metadata = call_.metadata();
    if (metadata.is_waiting()) {
        return std::move(metadata.need());
    }
    if (!metadata.result()) {
        return end(old_ ? base::Result<IdentityRef>(old_identity_)
                        : metadata.result().error());
    }
    if (context_.provider.token_cache) {
        // Nobody waits for a renewal.
        auto flight = call_.take_flight(
            {.name = place_->name(), .only_try = old_.has_value()});
        if (flight.is_waiting()) {
            return std::move(flight.need());
        }
        if (!flight.result()) {
            return end(flight.result().error());
        }
        if (!*flight.result()) {
            return end(old_identity_);
        }
    }
    auto call = credential_->question(context_, **metadata.result(), now);
    if (!call) {
        return fail(call.error(), now);
    }
    call->is_renewal = old_.has_value();
    return std::move(*call);
}

// Proves what the provider gave, keeps it, and lets the others have it.
Progress<IdentityRef> CredentialExchange::prove(Instant now) {
    auto identity = credential_->identify(context_, *granted_, now);
    if (!identity) {
        if (const auto newer = call_.newer_keys(identity.error())) {
            return *newer;
        }
        return fail(credential_->unproven(identity.error()), now);
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
    place_->save(context_.ports.grants, kept, now, life.until);
    return end(remember(std::move(*identity), kept.fresh_until, now));
}

Progress<IdentityRef> CredentialExchange::fail(Error error, Instant now) {
    const bool refused = is_refusal(error);
    if (old_ && !refused) {
        const Instant end_of_old = old_->granted.expires;
        old_->fresh_until =
            std::min(base::saturating_add(now, kRenewalPause), end_of_old);
        place_->save(context_.ports.grants, *old_, now, end_of_old);
        return end(old_identity_);
    }
    CachedGrant kept;
    kept.refusal = error.code;
    place_->save(
        context_.ports.grants, kept, now,
        base::saturating_add(now, refused ? kRefusalMemory : kFailureMemory));
    return end(error);
}

Progress<IdentityRef> CredentialExchange::end(
    base::Result<IdentityRef> result) {
    call_.end_flight();
    return result;
}

IdentityRef CredentialExchange::remember(std::unique_ptr<Identity> found,
                                         Instant until, Instant now) {
    const IdentityRef identity = share(std::move(found));
    if (now < until) {
        context_.ports.identities.put(policy(context_), shown_,
                                      {.identity = identity,
                                       .until = until,
                                       .generation = judged_by(context_),
                                       .handle = {},
                                       .touched = now});
    }
    return identity;
}

}  // namespace oidc::credential
