// SPDX-License-Identifier: Apache-2.0
// The origin at which browsers reach this server, and the redirect_uri there.
#pragma once

#include <string>
#include <string_view>

#include "oidc/policy.hpp"
#include "oidc/request_facts.hpp"

namespace oidc::web {

// scheme://host[:port] as the browser sees us: base_url, or the request's.
// "" when the request has no host (HTTP/1.0).
std::string own_origin(const Provider&, const RequestFacts&);

// Whether browsers reach us by https: base_url says so, or else the request.
bool is_https(const Provider&, std::string_view scheme) noexcept;

// The redirect_uri sent in authorization and token requests; "" when it is
// relative and the request does not say on which host.
std::string redirect_uri(const Provider&, const RequestFacts&);

}  // namespace oidc::web
