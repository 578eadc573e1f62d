// SPDX-License-Identifier: Apache-2.0
// Whether what this worker remembers of a credential is accepted at a location.
#pragma once

#include <span>
#include <string_view>

#include "oidc/memory/identity_table.hpp"
#include "oidc/policy.hpp"

namespace oidc::memory {

// The bit of the location in a mask of accepted ones; 0 from the 65th location
// on, whose requests are judged each time.
std::uint64_t location_bit(const Location&) noexcept;

// "" unless the header brings a bearer token.
std::string_view bearer_token(std::string_view authorization) noexcept;

// What tokens are judged by, in one number: the generation of the keys, and how
// often somebody was denied (SharedMarks::denials).
constexpr std::uint64_t judged_by(std::uint64_t keys,
                                  std::uint64_t denials) noexcept {
    return keys ^ (denials << 32);
}

// The key of identities that a credential was exchanged for: locations that may
// ask the provider for different things share none.
std::uint64_t exchange_policy(const Provider&, const Location&) noexcept;

// The identity of an Authorization field that met the rules of this location
// by these keys and denials (judged_by); null: judge it. `https`: whether a
// password is accepted on this connection.
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
