// SPDX-License-Identifier: Apache-2.0
// Stores the provider's response about a credential for all workers: under a
// name that needs the zone's key, sealed with a key that needs the credential.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "oidc/flow.hpp"

namespace oidc::credential {

// What the provider gave for a credential: tokens, or claims about it.
struct Grant {
    base::Secret access_token;  // empty: the credential itself is one
    base::Secret id_token;
    std::string claims;  // JSON: of introspection and userinfo
    std::string scope;   // where no token says it
    base::Instant expires;
};

struct CachedGrant {
    std::optional<base::Errc> refusal;  // or a failure; absent: granted
    Grant granted;
    base::Instant fresh_until;  // the provider is asked again from then on
};

// What tells one credential from all others; views into it.
struct CredentialName {
    Method method;
    std::string_view id;
    std::string_view secret;
    std::string_view scope;
};

// The place of one credential in the shared cache.
class GrantCache {
public:
    static base::Result<GrantCache> of(const RequestContext&,
                                       const CredentialName&);

    // Also the name of the turn to ask the provider.
    const crypto::Digest256& name() const noexcept { return name_; }

    // What cannot be opened counts as absent.
    std::optional<CachedGrant> load(GrantStore&, base::Instant now) const;
    // Nothing is kept when `until` has come.
    void save(GrantStore&, const CachedGrant&, base::Instant now,
              base::Instant until) const;

private:
    GrantCache(const crypto::Digest256& name, base::Secret key)
        : name_(name), key_(std::move(key)) {}

    crypto::Digest256 name_;
    base::Secret key_;
};

}  // namespace oidc::credential
