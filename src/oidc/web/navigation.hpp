// SPDX-License-Identifier: Apache-2.0
// Knows a person going to a page from everything else a browser or a program
// asks for (W3C Fetch Metadata).
#pragma once

#include "oidc/request_facts.hpp"

namespace oidc::web {

// GET or HEAD, wanting HTML, for a whole window: not a script's call, not a
// WebSocket, not a frame (a provider's page refuses to be framed, AC-262).
// Browsers that send no Sec-Fetch-* are judged by Accept alone.
bool is_navigation(const RequestFacts&);

// Sec-Purpose or Purpose: fetched in advance, and perhaps never looked at.
bool is_prefetch(const RequestFacts&);

// What a browser asks by itself before a script's call to another origin
// (Fetch 4.8): OPTIONS with Origin and Access-Control-Request-Method, without
// a credential in Authorization and without a body.
bool is_preflight(const RequestFacts&);

}  // namespace oidc::web
