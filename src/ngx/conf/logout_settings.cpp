// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/logout_settings.hpp"

namespace ngx {

Complaint set_logout_uri(ProviderConf& p, Args a, ngx_conf_t*) {
    return read_own_address(a[0], p.policy.logout.uri.emplace());
}

Complaint set_logout_methods(ProviderConf& p, Args a, ngx_conf_t*) {
    p.logout_detail_given = true;
    p.policy.logout.methods.clear();
    for (const ngx_str_t& arg : a) {
        if (view(arg) != "GET" && view(arg) != "POST") {
            return "only GET and POST can log out";
        }
        p.policy.logout.methods.emplace_back(view(arg));
    }
    return {};
}

Complaint set_logout_query_arg(ProviderConf& p, Args a, ngx_conf_t*) {
    if (a[0].len == 0) {
        return "the name is empty";
    }
    p.policy.logout.query_arg = view(a[0]);
    return {};
}

Complaint set_logout_revoke(ProviderConf& p, Args a, ngx_conf_t*) {
    p.logout_detail_given = true;
    return read_flag(a[0], p.policy.logout.revoke);
}

Complaint set_post_logout_uri(ProviderConf& p, Args a, ngx_conf_t*) {
    return read_own_address(a[0], p.policy.logout.post_logout_uri.emplace());
}

Complaint set_logout_token_hint(ProviderConf& p, Args a, ngx_conf_t*) {
    p.logout_detail_given = true;
    return read_flag(a[0], p.policy.logout.token_hint);
}

Complaint set_frontchannel_uri(ProviderConf& p, Args a, ngx_conf_t*) {
    return read_own_path(a[0], p.policy.logout.frontchannel_path);
}

Complaint set_backchannel_uri(ProviderConf& p, Args a, ngx_conf_t*) {
    return read_own_path(a[0], p.policy.logout.backchannel_path);
}

}  // namespace ngx
