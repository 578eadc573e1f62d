// SPDX-License-Identifier: Apache-2.0
// Whether a token is of the kind, for the audience and from a client that a
// location accepts.
#pragma once

#include "oidc/flow.hpp"

namespace oidc::token {

// Whether the token is of the kind, for the audience and from a client that the
// location accepts. It is cheap and judged on every use, so that a token that
// one location accepts does not pass at another. `token` is the one that made
// the identity.
base::Status accept_bearer(const RequestContext&, const Identity&,
                           std::string_view token);

// Whether an audience is configured for the location.
bool has_audience(const Provider&, const Location&) noexcept;
// Whether the settings say which access tokens are for this location: with the
// profile generic, an audience or the clients must be configured.
bool takes_bearer(const Provider&, const Location&) noexcept;

// Whether `aud` holds one of the audiences that are accepted here.
base::Status check_audience(const RequestContext&, const jose::Claims&);
// Whether the first of these claims that is there names an allowed client.
base::Status check_client(const Provider&, const jose::Claims&,
                          std::initializer_list<const char*> names);

}  // namespace oidc::token
