// SPDX-License-Identifier: Apache-2.0
// Tells a navigation to a page from all other requests of browsers and programs
// (W3C Fetch Metadata).
#pragma once

#include "oidc/request_facts.hpp"

namespace oidc::web {

// Whether the request is a GET or HEAD of a whole window that accepts HTML: not
// of a script, a WebSocket or a frame, since login pages refuse to be framed.
// Without Sec-Fetch-Mode, X-Requested-With and Upgrade tell a script.
bool is_navigation(const RequestFacts&);

// Sec-Purpose or Purpose: fetched in advance, and perhaps never looked at.
bool is_prefetch(const RequestFacts&);

// The request that a browser sends by itself before a script's request to
// another origin (Fetch 4.8): OPTIONS with Origin and
// Access-Control-Request-Method, without a credential in Authorization and
// without a body.
bool is_preflight(const RequestFacts&);

}  // namespace oidc::web
