// SPDX-License-Identifier: Apache-2.0
// The settings of `oidc_session_store name { … }`.

#include "ngx/conf/conf.hpp"
#include "ngx/conf/redis_settings.hpp"
#include "ngx/conf/values.hpp"
#include "ngx/guard.hpp"
#include "ngx/pool.hpp"
#include "oidc/session/store.hpp"

namespace ngx {

namespace {

Complaint set_type(SessionStore& store, Args a, ngx_conf_t*) {
    return read_word(a[0], kStoreWords, store.type);
}

Complaint set_size(SessionStore& store, Args a, ngx_conf_t*) {
    store.size_given = true;
    return read_size(a[0], store.size);
}

constexpr Setting<SessionStore> kSettings[] = {
    {"type", 1, 1, set_type},
    {"size", 1, 1, set_size},
    {"server", 1, kManyArgs, set_server},
    {"sentinel", 2, kManyArgs, set_sentinel},
    {"username", 1, 1, set_username},
    {"password", 1, 1, set_password},
    {"password_file", 1, 1, set_password_file},
    {"database", 1, 1, set_database},
    {"prefix", 1, 1, set_prefix},
    {"timeout", 1, 1, set_store_timeout},
    {"connect_timeout", 1, 1, set_store_connect_timeout},
    {"stale", 1, 1, set_stale},
    {"ended_unknown", 1, 1, set_ended_unknown},
    {"ssl", 1, 1, set_ssl},
    {"ssl_name", 1, 1, set_ssl_name},
    {"ssl_verify", 1, 1, set_store_ssl_verify},
    {"ssl_trusted_certificate", 1, 1, set_store_trusted_certificate},
    {"ssl_crl", 1, 1, set_store_crl},
    {"ssl_certificate", 1, 1, set_ssl_certificate},
    {"ssl_certificate_key", 1, 1, set_ssl_certificate_key},
};

}  // namespace

char* session_store_block(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept {
    return guarded_call(static_cast<char*>(NGX_CONF_ERROR), [&]() -> char* {
        auto& main = *static_cast<MainConf*>(conf);
        const auto* words = static_cast<const ngx_str_t*>(cf->args->elts);
        for (const SessionStore* other : main.stores) {
            if (other->name == view(words[1])) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "duplicate oidc_session_store \"%V\"",
                                   &words[1]);
                return static_cast<char*>(NGX_CONF_ERROR);
            }
        }
        auto* store = make<SessionStore>(cf->pool);
        if (store == nullptr) {
            return static_cast<char*>(NGX_CONF_ERROR);
        }
        store->name = view(words[1]);
        BlockReader<SessionStore> reader{"oidc_session_store", store->name,
                                         store, kSettings};
        main.stores.push_back(store);
        if (char* rc = read_block(cf, reader); rc != NGX_CONF_OK) {
            return rc;
        }
        if (store->size_given && !store->type().is_in_zone()) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "oidc_session_store \"%s\": a store of this "
                               "type has no size",
                               store->name.c_str());
            return static_cast<char*>(NGX_CONF_ERROR);
        }
        if (const Complaint wrong = check_redis(*store); !wrong.empty()) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "oidc_session_store \"%s\": %s",
                               store->name.c_str(), wrong.c_str());
            return static_cast<char*>(NGX_CONF_ERROR);
        }
        return NGX_CONF_OK;
    });
}

}  // namespace ngx
