// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/grant_cache.hpp"

#include "base/byte_io.hpp"
#include "crypto/aead.hpp"
#include "crypto/hmac.hpp"

namespace oidc::credential {
namespace {

using base::Instant;
using base::seconds;

// The first byte says how the rest is written.
constexpr std::uint8_t kVersion = 2;
constexpr std::string_view kPurpose = "auth_oidc grant 1";

base::Secret encode(const CachedGrant& kept) {
    base::ByteWriter out;

    out.u8(kVersion)
        .i64(seconds(kept.fresh_until))
        .i64(seconds(kept.granted.expires))
        .blob(kept.granted.access_token.reveal())
        .blob(kept.granted.id_token.reveal())
        .blob(kept.granted.claims)
        .blob(kept.granted.scope);
    return base::Secret::take(out.bytes());
}

// A zone outlives a reload, hence maybe the module that wrote it: a reason
// that this one does not know, or that is none, is still a refusal.
base::Errc reason(std::uint8_t number) {
    return number <= static_cast<std::uint8_t>(base::Errc::malformed)
               ? static_cast<base::Errc>(number)
               : base::Errc::internal_error;
}

std::optional<CachedGrant> decode(std::string_view bytes) {
    base::ByteReader in(bytes);
    CachedGrant kept;

    const std::uint8_t version = in.u8();
    kept.fresh_until = base::instant(in.i64());
    kept.granted.expires = base::instant(in.i64());
    kept.granted.access_token = base::Secret(in.blob());
    kept.granted.id_token = base::Secret(in.blob());
    kept.granted.claims = in.blob();
    kept.granted.scope = in.blob();
    if (!in.ok() || !in.at_end() || version != kVersion) {
        return std::nullopt;
    }
    return kept;
}

// Of the zone and the credential: the zone alone opens nothing.
base::Result<base::Secret> sealing_key(std::string_view zone_secret,
                                       const CredentialName& credential) {
    base::ByteWriter parts;

    parts.blob(zone_secret).blob(credential.id).blob(credential.secret);
    const base::Secret secret = base::Secret::take(parts.bytes());
    return crypto::derive_key(secret.reveal(), kPurpose);
}

}  // namespace

base::Result<GrantCache> GrantCache::of(const RequestContext& context,
                                        const CredentialName& credential) {
    const std::string_view zone_secret = context.ports.names_key();
    // What is kept is judged anew by each location: only what the provider
    // is asked, as whom, and whether it was the provider, is part of the name.
    const auto name = crypto::hmac_fields(
        zone_secret, {kPurpose, std::to_string(context.provider.grant_id),
                      word(credential.method), credential.id, credential.secret,
                      credential.scope});
    if (!name) {
        return name.error();
    }
    auto key = sealing_key(zone_secret, credential);
    if (!key) {
        return key.error();
    }
    return GrantCache(*name, std::move(*key));
}

std::optional<CachedGrant> GrantCache::load(GrantStore& grants,
                                            Instant now) const {
    if (const auto number = grants.load_refusal(name_, now)) {
        CachedGrant refused;
        refused.refusal = reason(*number);
        return refused;
    }
    const auto sealed = grants.load(name_, now);
    if (!sealed) {
        return std::nullopt;
    }
    const auto aead = crypto::Aead::create(key_);
    if (!aead) {
        return std::nullopt;
    }
    auto plain = aead->open(*sealed, crypto::view(name_));
    if (!plain) {
        return std::nullopt;
    }
    const base::Secret bytes = base::Secret::take(*plain);
    return decode(bytes.reveal());
}

void GrantCache::save(GrantStore& grants, const CachedGrant& kept, Instant now,
                      Instant until) const {
    if (until <= now) {
        return;
    }
    if (kept.refusal) {
        grants.save_refusal(name_, static_cast<std::uint8_t>(*kept.refusal),
                            now, until);
        return;
    }
    const auto aead = crypto::Aead::create(key_);
    if (!aead) {
        return;
    }
    const base::Secret bytes = encode(kept);
    if (const auto sealed = aead->seal(bytes.reveal(), crypto::view(name_))) {
        grants.save(name_, *sealed, now, until);
    }
}

}  // namespace oidc::credential
