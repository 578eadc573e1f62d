// SPDX-License-Identifier: Apache-2.0
// The form of all log lines. Secrets cannot be passed to it.
#pragma once

#include "base/errc.hpp"
#include "ngx/ngx.hpp"

namespace ngx {

// "auth_oidc: <provider>: <reason word>: <plain sentence>".
void log_refusal(ngx_http_request_t*, std::string_view provider, base::Error);
void log_provider(ngx_uint_t level, std::string_view provider,
                  std::string_view word, std::string_view sentence);

// From here on, neither nginx's log lines about the request nor $request have
// more than the path, since the query of a callback has the code. False: out of
// memory.
bool hide_query(ngx_http_request_t*);

}  // namespace ngx
