// SPDX-License-Identifier: Apache-2.0
// Knows the one form of our log lines; nothing secret can be given to it.
#pragma once

#include "base/errc.hpp"
#include "base/errc.hpp"
#include "ngx/ngx.hpp"

namespace ngx {

// "auth_oidc: <provider>: <reason word>: <plain sentence>".
void log_refusal(ngx_http_request_t*, std::string_view provider, base::Error);
void log_provider(ngx_uint_t level, std::string_view provider,
                  std::string_view word, std::string_view sentence);

// From here on neither nginx's lines about the request nor $request tell more
// than the path: the callback's query holds the code. False when there is no
// memory.
bool hide_query(ngx_http_request_t*);

}  // namespace ngx
