// SPDX-License-Identifier: Apache-2.0
// The directives of http that are no blocks.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

char* set_cache_zone(ngx_conf_t*, ngx_command_t*, void* conf) noexcept;
char* set_keys_path(ngx_conf_t*, ngx_command_t*, void* conf) noexcept;
char* set_shared(ngx_conf_t*, ngx_command_t*, void* conf) noexcept;
char* add_claim_set(ngx_conf_t*, ngx_command_t*, void* conf) noexcept;

}  // namespace ngx
