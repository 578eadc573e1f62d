// SPDX-License-Identifier: Apache-2.0
// Exchanges a credential for an identity. The provider is called once for all
// requests with the same credential, over all workers, and its response is
// stored.
#pragma once

#include <memory>

#include "oidc/credential/grant_cache.hpp"
#include "oidc/provider/provider_call.hpp"

namespace oidc::credential {

// How long a refusal is remembered: a client with a stale password asks again
// and again, and must not lock the user out.
inline constexpr base::Seconds kRefusalMemory{5};
// How long a failure of the provider answers those who wait behind it. It is
// never taken for a refusal.
inline constexpr base::Seconds kFailureMemory{2};
struct Lifetime {
    base::Instant fresh_until;  // then the provider is asked again
    base::Instant until;        // so long it serves while that cannot answer
};

// Fresh for token_cache_ttl, or for 75 % of what is left; never kept beyond
// the end.
Lifetime token_lifetime(const Provider&, base::Instant expires,
                        base::Instant now);

// One credential of one kind. The machinery below is the same for all.
class Credential {
public:
    virtual ~Credential() = default;

    virtual CredentialName name() const = 0;
    // What the provider is asked.
    virtual base::Result<Call> question(const RequestContext&, const Metadata&,
                                        base::Instant now) const = 0;
    // What it says. An error whose outcome is invalid_token or forbidden is
    // a refusal; all others are failures.
    virtual base::Result<Grant> read(const RequestContext&,
                                     const ProviderReply&,
                                     base::Instant now) const = 0;
    // Who that is, proven with the provider's keys as far as there is
    // something to prove. keys_unavailable, unknown_kid: newer keys may help.
    virtual base::Result<std::unique_ptr<Identity>> identify(
        const RequestContext&, const Grant&, base::Instant now) const = 0;
    // What it means that the provider's answer does not hold: as a rule that
    // the provider is at fault.
    virtual base::Error unproven(base::Error) const;
    // How long the answer is kept.
    virtual Lifetime life(const Provider&, const Grant&,
                          base::Instant now) const;
};

// Differs whenever two locations may ask the provider for different things in
// a credential's name. To be kept in Location::exchange_id.
std::uint64_t exchange_id(const Location&);

// What this worker remembers of a credential as it stood in the request;
// null: ask. Whether the location accepts it is still to be judged.
IdentityRef recall_exchanged(const RequestContext&, std::string_view credential,
                             base::Instant now);

class CredentialExchange {
public:
    // `shown` is the credential as it stood in the request.
    CredentialExchange(const RequestContext&, std::string_view shown,
                       std::unique_ptr<Credential>);
    CredentialExchange(const CredentialExchange&) = delete;
    CredentialExchange& operator=(const CredentialExchange&) = delete;

    Progress<IdentityRef> begin(base::Instant now);
    Progress<IdentityRef> resumed(bool arrived, base::Instant now);
    Progress<IdentityRef> fetched(const ProviderReply&, base::Instant now);
    CallOutcome outcome() const noexcept { return call_.outcome(); }

private:
    Progress<IdentityRef> look(base::Instant now);
    Progress<IdentityRef> use(CachedGrant, base::Instant now);
    Progress<IdentityRef> ask(base::Instant now);
    Progress<IdentityRef> prove(base::Instant now);
    Progress<IdentityRef> fail(base::Error, base::Instant now);
    Progress<IdentityRef> end(base::Result<IdentityRef>);
    IdentityRef remember(std::unique_ptr<Identity>, base::Instant until,
                         base::Instant now);

    RequestContext context_;
    std::string_view shown_;
    std::unique_ptr<Credential> credential_;
    provider::ProviderCall call_;
    std::optional<GrantCache> place_;
    std::optional<Grant> granted_;    // by the provider, not yet proven
    std::optional<CachedGrant> old_;  // still good, to be renewed
    IdentityRef old_identity_;
};

}  // namespace oidc::credential
