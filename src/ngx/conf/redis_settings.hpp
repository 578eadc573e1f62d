// SPDX-License-Identifier: Apache-2.0
// The settings of `oidc_session_store` with `type redis`.
#pragma once

#include "ngx/conf/block_parser.hpp"
#include "ngx/conf/conf.hpp"

namespace ngx {

Complaint set_server(SessionStore&, Args, ngx_conf_t*);
Complaint set_sentinel(SessionStore&, Args, ngx_conf_t*);
Complaint set_username(SessionStore&, Args, ngx_conf_t*);
Complaint set_password(SessionStore&, Args, ngx_conf_t*);
Complaint set_password_file(SessionStore&, Args, ngx_conf_t*);
Complaint set_database(SessionStore&, Args, ngx_conf_t*);
Complaint set_prefix(SessionStore&, Args, ngx_conf_t*);
Complaint set_stale(SessionStore&, Args, ngx_conf_t*);
Complaint set_ended_unknown(SessionStore&, Args, ngx_conf_t*);
Complaint set_store_timeout(SessionStore&, Args, ngx_conf_t*);
Complaint set_store_connect_timeout(SessionStore&, Args, ngx_conf_t*);
Complaint set_ssl(SessionStore&, Args, ngx_conf_t*);
Complaint set_ssl_name(SessionStore&, Args, ngx_conf_t*);
Complaint set_store_ssl_verify(SessionStore&, Args, ngx_conf_t*);
Complaint set_store_trusted_certificate(SessionStore&, Args, ngx_conf_t*);
Complaint set_store_crl(SessionStore&, Args, ngx_conf_t*);
Complaint set_ssl_certificate(SessionStore&, Args, ngx_conf_t*);
Complaint set_ssl_certificate_key(SessionStore&, Args, ngx_conf_t*);

// What is wrong with all of them together; "": nothing.
Complaint check_redis(const SessionStore&);

}  // namespace ngx
