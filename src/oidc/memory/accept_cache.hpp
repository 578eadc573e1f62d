// SPDX-License-Identifier: Apache-2.0
// Knows the short way: what a worker has let pass at a location before costs
// one look-up, until something it was judged by has changed.
//
// Whatever the credential, the same is checked on each use: its bytes, all of
// them; that it has not expired; that the keys, or the session, are those it
// was judged by; and that it met the rules of this very location.
#pragma once

#include <span>
#include <string_view>

#include "oidc/memory/identity_table.hpp"
#include "oidc/policy.hpp"

namespace oidc::memory {

// The location in a mask of those whose rules were met; 0 for one beyond it,
// which judges each time.
std::uint64_t location_bit(const Location&) noexcept;

// "" unless the header brings a bearer token.
std::string_view bearer_token(std::string_view authorization) noexcept;

// Where the worker keeps what a credential was swapped for: locations that
// may ask the provider for different things share nothing.
std::uint64_t exchange_policy(const Provider&, const Location&) noexcept;

// The identity of an Authorization header that met the rules of this
// location, under these keys; null: judge it anew. `https`: whether a
// person's password may be taken here.
IdentityRef known_authorization(IdentityTable&, const Provider&,
                                const Location&, std::string_view authorization,
                                bool https, std::uint64_t generation,
                                base::Instant now);

// Notes that the credential has just met the rules of this location. It is
// `identity` that met them: what was remembered since is another one.
void note_known(IdentityTable&, std::uint64_t policy_id, const Location&,
                Pieces credential, const IdentityRef& identity);

// The identity of an entry that met the rules of this location; null: judge it
// anew.
IdentityRef accepted_at(const IdentityTable::Entry*, const Location&,
                        std::uint64_t generation, base::Instant now);

}  // namespace oidc::memory
