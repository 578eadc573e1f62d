// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/opaque_token.hpp"

#include <algorithm>

#include "oidc/credential/introspection.hpp"
#include "oidc/credential/userinfo_check.hpp"
#include "oidc/policy.hpp"

namespace oidc::credential {

Lifetime check_lifetime(const Provider& provider, base::Instant expires,
                        base::Instant now) {
    Lifetime life = token_lifetime(provider, expires, now);

    if (provider.token_cache_ttl.count() <= 0) {
        life.fresh_until =
            std::min(life.fresh_until, base::saturating_add(now, kMaxCheckAge));
    }
    life.until = life.fresh_until;
    return life;
}

bool asks_provider(const Location& location, std::string_view token) {
    return may_ask(location) &&
           !(location.methods.has(Method::bearer) && jose::is_jwt(token));
}

Method opaque_method(const Provider& provider, const Location& location) {
    const bool accepts_both = location.methods.has(Method::introspection) &&
                              location.methods.has(Method::userinfo);
    const bool has_introspection = traits(provider.profile).has_introspection ||
                                   !provider.endpoints.introspection.empty();
    const bool introspects = accepts_both
                                 ? has_introspection
                                 : location.methods.has(Method::introspection);
    return introspects ? Method::introspection : Method::userinfo;
}

std::unique_ptr<Credential> opaque_token(const RequestContext& context,
                                         std::string_view token) {
    return opaque_method(context.provider, context.location) ==
                   Method::introspection
               ? introspection(token)
               : userinfo_check(token);
}

}  // namespace oidc::credential
