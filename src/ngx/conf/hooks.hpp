// SPDX-License-Identifier: Apache-2.0
// What the configuration installs or calls and the rooms above it define.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngx/conf/block_parser.hpp"
#include "ngx/conf/conf.hpp"

namespace ngx {

// worker/shared_zone.cpp
ngx_int_t add_cache_zone(ngx_conf_t*, MainConf&);
ngx_int_t add_session_zone(ngx_conf_t*, SessionStore&);

// request/status_handler.cpp, request/session_info_handler.cpp,
// request/sessions_handler.cpp
ngx_int_t status_handler(ngx_http_request_t*);
ngx_int_t session_info_handler(ngx_http_request_t*);
ngx_int_t sessions_handler(ngx_http_request_t*);

// request/variables.cpp
Complaint add_claim_variable(ngx_conf_t*, const ngx_str_t& variable,
                             std::vector<std::string> path);
ngx_int_t own_variable(ngx_conf_t*, std::string_view text);

}  // namespace ngx
