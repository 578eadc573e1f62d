// SPDX-License-Identifier: Apache-2.0
#include "oidc/token/access_token.hpp"

#include <algorithm>

#include "jose/verify.hpp"
#include "oidc/memory/acceptance.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/memory/token_digest.hpp"
#include "oidc/policy.hpp"

namespace oidc::token {
namespace {

using base::Errc;
using base::Error;

// The claims of a token that was verified before, without its signature being
// checked again. Sound only behind Ports::is_verified: the verdict is found
// by SHA-256 of every byte of the token, signature included, together with
// the policy and the generation of the keys, so these are the very bytes that
// jose::verify accepted under the same rules, and it cannot come out
// otherwise now. Never call this for a token that has no verdict.
base::Result<jose::Claims> recall_claims(std::string_view token) {
    return read_claims(token);
}

base::Status check_claims(const Provider& provider, const jose::Claims& claims,
                          base::Instant now) {
    if (auto status = jose::check_issuer(claims, provider.issuers); !status) {
        return status;
    }
    if (auto status =
            jose::check_times(claims, now, {.leeway = provider.leeway});
        !status) {
        return status;
    }
    // Logout tokens and other security events (RFC 8417 2.2) are no
    // credentials.
    if (claims.get("events").present()) {
        return Errc::token_use_mismatch;
    }
    // Without a proof of the key it is bound to, a token is anybody's
    // (RFC 9449 7.2, RFC 8705 3).
    if (claims.get("cnf").present()) {
        return Errc::token_bound;
    }
    return {};
}

IdentityRef make_identity(const Provider& provider, jose::Claims claims,
                          std::string_view token) {
    auto identity = identify(provider, Method::bearer, std::move(claims));

    identity->access_token.hold_jws(token);
    return share(std::move(identity));
}

// Null: unknown, out of date, or from other keys.
IdentityRef recall(const RequestContext& context, std::string_view token,
                   std::uint64_t generation, base::Instant now) {
    const auto* known =
        context.ports.identities.find(context.provider.policy_id, token);

    return known && known->is_good(generation, now) ? known->identity
                                                    : IdentityRef();
}

base::Instant verdict_end(const jose::Claims& claims, base::Instant now) {
    return std::min(claims.time("exp").value_or(now),
                    base::saturating_add(now, kMaxVerdictAge));
}

}  // namespace

IdentityRef read_accepted(const Provider& provider, std::string_view token) {
    auto claims = recall_claims(token);

    return claims ? make_identity(provider, std::move(*claims), token)
                  : IdentityRef();
}

namespace {

// A token that is good, and whether some worker has said so before.
struct Verified {
    jose::Claims claims;
    base::Instant until;  // when it is to be looked at anew
    bool was_known;
};

base::Result<Verified> verify(const RequestContext& context,
                              std::string_view token, base::Instant now) {
    const Provider& provider = context.provider;
    const Ports& ports = context.ports;
    const auto keys = keys_at_hand(context, token);

    if (!keys) {
        return keys.error();
    }
    const auto& digested = ports.token_digests.of(provider.policy_id, token);
    const crypto::Digest256& key = digested.of_all();
    const bool is_known = ports.marks.is_verified(key, keys->generation, now);
    auto claims = is_known ? recall_claims(token)
                           : check_signature(provider, *keys, digested,
                                             jose::TypRule::access_token);
    if (!claims) {
        return claims.error();
    }
    if (const auto status = check_claims(provider, *claims, now); !status) {
        return status.error();
    }
    const base::Instant until = verdict_end(*claims, now);
    if (!is_known && now < until) {
        ports.marks.remember_verified(key, keys->generation, now, until);
    }
    return Verified{std::move(*claims), until, is_known};
}

}  // namespace

base::Result<jose::Claims> verify_token(const RequestContext& context,
                                        std::string_view token,
                                        base::Instant now) {
    auto verified = verify(context, token, now);

    return verified ? base::Result<jose::Claims>(std::move(verified->claims))
                    : verified.error();
}

base::Result<IdentityRef> verify_bearer(const RequestContext& context,
                                        std::string_view token,
                                        base::Instant now) {
    const Provider& provider = context.provider;
    const std::uint64_t generation =
        memory::judged_by(context.ports.provider.keys().generation,
                          context.ports.marks.denials());

    if (auto known = recall(context, token, generation, now)) {
        return known;
    }
    auto verified = verify(context, token, now);
    if (!verified) {
        return verified.error();
    }
    auto identity = make_identity(provider, std::move(verified->claims), token);
    if (verified->was_known && now < verified->until) {
        context.ports.identities.put(provider.policy_id, token,
                                     {.identity = identity,
                                      .until = verified->until,
                                      .generation = generation,
                                      .handle = {},
                                      .touched = now});
    }
    return identity;
}

}  // namespace oidc::token
