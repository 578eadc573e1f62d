// SPDX-License-Identifier: Apache-2.0
// The variables of the module.
#pragma once

#include <string>
#include <vector>

#include "ngx/conf/block_parser.hpp"

namespace ngx {

ngx_int_t add_variables(ngx_conf_t*) noexcept;

// auth_oidc_claim_set: `variable` begins with "$", `path` are names from the
// top of the claims.
Complaint add_claim_variable(ngx_conf_t*, const ngx_str_t& variable,
                             std::vector<std::string> path);

// The index of the module's variable that is the whole text; NGX_ERROR: there
// is none.
ngx_int_t own_variable(ngx_conf_t*, std::string_view text);

// Whether a value of the request's identity.
bool is_own_variable(const ngx_http_variable_t&) noexcept;

}  // namespace ngx
