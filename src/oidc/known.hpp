// Knows the short way: what a worker has let pass at a location before costs
// one look-up, until something it was judged by has changed.
#pragma once

#include <string_view>

#include "oidc/identity_cache.hpp"
#include "oidc/policy.hpp"

namespace oidc {

// The identity of a bearer token that met the rules of this location, under
// these keys; null: judge it anew. `authorization` is the header's value.
IdentityRef known_bearer(IdentityCache&, const Provider&, const Location&,
                         std::string_view authorization,
                         std::uint64_t generation, base::Instant now);

// Notes that the token has just met the rules of this location.
void note_known(IdentityCache&, const Provider&, const Location&,
                std::string_view token);

}  // namespace oidc
