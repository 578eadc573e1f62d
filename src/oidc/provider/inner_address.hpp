// SPDX-License-Identifier: Apache-2.0
// Addresses that lie inside: of this machine, of its network, or of no host.
#pragma once

#include <span>

namespace oidc::provider {

// `address` in network order, of 4 bytes (IPv4) or 16 (IPv6); any other length
// counts as inside. By the special-purpose registries of IANA (RFC 6890): all
// that is not globally reachable, multicast, and IPv6 addresses that carry such
// an IPv4 address (RFC 4291 2.5.5.2, RFC 6052, RFC 3056).
bool is_inner_address(std::span<const unsigned char> address) noexcept;

}  // namespace oidc::provider
