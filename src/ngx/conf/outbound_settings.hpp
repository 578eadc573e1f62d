// SPDX-License-Identifier: Apache-2.0
// The settings of `oidc_provider` about connections to the provider.
#pragma once

#include "ngx/conf/block_parser.hpp"
#include "ngx/conf/conf.hpp"

namespace ngx {

Complaint set_ssl_verify(ProviderConf&, Args, ngx_conf_t*);
Complaint set_trusted_certificate(ProviderConf&, Args, ngx_conf_t*);
Complaint set_crl(ProviderConf&, Args, ngx_conf_t*);
Complaint set_proxy(ProviderConf&, Args, ngx_conf_t*);
Complaint set_connect_timeout(ProviderConf&, Args, ngx_conf_t*);
Complaint set_timeout(ProviderConf&, Args, ngx_conf_t*);
Complaint set_keepalive(ProviderConf&, Args, ngx_conf_t*);
Complaint set_call_limit(ProviderConf&, Args, ngx_conf_t*);
Complaint set_call_rate(ProviderConf&, Args, ngx_conf_t*);

// A file with certificates, PEM.
Complaint read_certificate(ngx_conf_t*, const ngx_str_t&, std::string& out);
Complaint read_crl(ngx_conf_t*, const ngx_str_t&, Outbound&);

// How the other end is proven to be the provider: part of the name of all
// results that it gave.
std::string trust_in(const Outbound&);

}  // namespace ngx
