// SPDX-License-Identifier: Apache-2.0
// Where keys are kept, and how long they are used.
#pragma once

#include "ngx/conf/block_parser.hpp"
#include "ngx/conf/conf.hpp"

namespace ngx {

Complaint set_jwks_refresh(ProviderConf&, Args, ngx_conf_t*);
// The directory is made by nginx, as those of its caches are.
Complaint read_keys_path(MainConf&, Args, ngx_conf_t*);
// Once nginx has made it: whether it can be used, and by its owner alone. Logs
// what is wrong.
bool is_keys_path_usable(const MainConf&, ngx_log_t*);

}  // namespace ngx
