// SPDX-License-Identifier: Apache-2.0
// The request for a provider's metadata, and its response (OIDC Discovery 3,
// RFC 8414 2).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oidc/metadata.hpp"

namespace oidc::provider {

inline constexpr std::size_t kMaxMetadataBytes = 128 * 1024;

// Whether discovery is needed at all: not when jwks_uri and all endpoints
// in use are configured.
bool needs_discovery(const Provider&);
// The metadata in the configuration.
Metadata configured_metadata(const Provider&);
// discovery_mismatch unless "issuer" is, byte for byte, one of the accepted
// ones. Endpoints that are no https URLs (http to loopback, or anywhere when
// plain_http_allowed), that hold userinfo or a fragment, or that lead to an
// inner host are unusable; idp_malformed for such a jwks_uri.
base::Result<Metadata> parse_metadata(std::string_view text, const Provider&);

// The issuer that the metadata names, for the log: "" for none, or one that no
// log line can hold.
std::string named_issuer(std::string_view text);

// Whether the configuration names it, so that it may lead anywhere; what the
// metadata names may lead to an inner address only where the metadata itself
// came from one.
bool is_configured_url(std::string_view url, const Provider&);

// https, or http to loopback or when allowed.
bool is_allowed_endpoint(std::string_view url, const Provider&);

}  // namespace oidc::provider
