#include "oidc/opaque.hpp"

#include <algorithm>

#include "oidc/introspection.hpp"
#include "oidc/userinfo_check.hpp"

namespace oidc {

Life check_life(const Provider& provider, base::Instant expires,
                base::Instant now) {
    Life life = token_life(provider, expires, now);

    if (provider.token_cache_ttl.count() <= 0) {
        life.fresh_until =
            std::min(life.fresh_until, base::saturating_add(now, kMaxCheckAge));
    }
    life.until = life.fresh_until;
    return life;
}

bool is_jwt(std::string_view token) {
    return std::ranges::count(token, '.') == 2;
}

bool may_ask(const Location& location) noexcept {
    return location.methods.has(Method::introspection) ||
           location.methods.has(Method::userinfo);
}

bool asks_provider(const Location& location, std::string_view token) {
    return may_ask(location) &&
           !(location.methods.has(Method::bearer) && is_jwt(token));
}

Method opaque_method(const Provider& provider, const Location& location) {
    const bool accepts_both = location.methods.has(Method::introspection) &&
                              location.methods.has(Method::userinfo);
    const bool has_introspection = provider.profile != Profile::cognito ||
                                   !provider.endpoints.introspection.empty();
    const bool introspects = accepts_both
                                 ? has_introspection
                                 : location.methods.has(Method::introspection);
    return introspects ? Method::introspection : Method::userinfo;
}

std::unique_ptr<Credential> opaque_token(const Context& context,
                                         std::string_view token) {
    return opaque_method(context.provider, context.location) ==
                   Method::introspection
               ? introspection(token)
               : userinfo_check(token);
}

}  // namespace oidc
