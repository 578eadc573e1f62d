// Knows who is asked about a bearer token that is not judged by itself.
#pragma once

#include <string_view>

#include "oidc/swap.hpp"

namespace oidc {

// How old an answer about a token may get where token_cache_ttl does not
// say: for so long a revoked token still passes.
inline constexpr base::Seconds kMaxCheckAge{60};

// Never served once it is no longer fresh.
Life check_life(const Provider&, base::Instant expires, base::Instant now);

// Three parts with dots between; all else is opaque.
bool is_jwt(std::string_view token);

// Whether the provider is ever asked about a token here.
bool may_ask(const Location&) noexcept;

// Whether the provider is asked: about opaque tokens where the location
// accepts introspection or userinfo, about JWTs only where it does not accept
// `bearer` beside them.
bool asks_provider(const Location&, std::string_view token);

// Introspection where both are accepted; the other one is never tried.
// Cognito has none: there it counts only with an introspection_endpoint.
Method opaque_method(const Provider&, const Location&);
std::unique_ptr<Credential> opaque_token(const Context&,
                                         std::string_view token);

}  // namespace oidc
