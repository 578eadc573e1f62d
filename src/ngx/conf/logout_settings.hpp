// SPDX-License-Identifier: Apache-2.0
// The settings of `oidc_provider` about logouts.
#pragma once

#include "ngx/conf/conf.hpp"
#include "ngx/conf/values.hpp"

namespace ngx {

Complaint set_logout_uri(ProviderConf&, Args, ngx_conf_t*);
Complaint set_logout_methods(ProviderConf&, Args, ngx_conf_t*);
Complaint set_logout_query_arg(ProviderConf&, Args, ngx_conf_t*);
Complaint set_logout_revoke(ProviderConf&, Args, ngx_conf_t*);
Complaint set_post_logout_uri(ProviderConf&, Args, ngx_conf_t*);
Complaint set_logout_token_hint(ProviderConf&, Args, ngx_conf_t*);
Complaint set_frontchannel_uri(ProviderConf&, Args, ngx_conf_t*);
Complaint set_backchannel_uri(ProviderConf&, Args, ngx_conf_t*);

}  // namespace ngx
