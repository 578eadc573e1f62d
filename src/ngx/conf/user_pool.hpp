// SPDX-License-Identifier: Apache-2.0
// The setting cognito_user_pool.
#pragma once

#include "ngx/conf/conf.hpp"
#include "ngx/conf/values.hpp"

namespace ngx {

// id [endpoint=url]. Sets the issuer and the origin of the JSON API.
Complaint set_user_pool(ProviderConf&, Args, ngx_conf_t*);

}  // namespace ngx
