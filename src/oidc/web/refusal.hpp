// SPDX-License-Identifier: Apache-2.0
// Knows how a refusal and a redirect look from outside.
#pragma once

#include <string>

#include "oidc/flow.hpp"
#include "oidc/step.hpp"
#include "oidc/web/cookie_sealer.hpp"

namespace oidc::web {

// Status, challenge and body for a reason (interface: "Answers"). JSON, or a
// plain page without script for who prefers HTML. For the outcome `callback`
// the page links to `retry` (a path of our own).
Response refuse(const RequestContext&, base::Error,
                std::string_view retry = "/");
// What `refuse` gives who does not prefer HTML: the same for each request.
Response refuse_in_json(const Provider&, base::Error);
// The same where nothing was asked of a location, but a login ends: a token
// that is refused there is nobody's credential, so the answer is 400 and the
// page, whatever 401 the reason leads to elsewhere.
Response refuse_login(const RequestContext&, base::Error,
                      std::string_view retry = "/");
// The same to the provider, where it tells of a logout: whatever is wrong is
// 400 and JSON (OIDC Back-Channel Logout 2.8), or 405.
Response refuse_logout(const RequestContext&, base::Error);
// 403 with the scopes that were missing.
Response refuse_scope(const RequestContext&, const AllOf& scopes);
// 302. The caller vouches for the location.
Response redirect(std::string location);

// The host of the issuer, as the challenge's realm.
std::string realm(const Provider&);

}  // namespace oidc::web
