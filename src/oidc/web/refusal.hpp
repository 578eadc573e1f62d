// SPDX-License-Identifier: Apache-2.0
// The responses for refusals and redirects.
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
// The response of `refuse` to a client that does not prefer HTML; it does not
// depend on the request.
Response refuse_in_json(const Provider&, base::Error);
// Like `refuse`, at the end of a login instead of at a location. A token that
// is refused there is no credential of the client, so the response is 400 and
// the page, even for reasons that lead to 401 elsewhere.
Response refuse_login(const RequestContext&, base::Error,
                      std::string_view retry = "/");
// Like `refuse`, for a logout request of the provider: every error is 400 with
// JSON (OIDC Back-Channel Logout 2.8), or 405.
Response refuse_logout(const RequestContext&, base::Error);
// 403 with the scopes that were missing.
Response refuse_scope(const RequestContext&, const AllOf& scopes);
// 302. The caller vouches for the location.
Response redirect(std::string location);
// 200 and a page that goes on to a path of our own by itself: a navigation that
// this site begins, whoever has begun the one that led here.
Response go_on_from_here(std::string_view path);

// The host of the issuer, as the challenge's realm.
std::string realm(const Provider&);

}  // namespace oidc::web
