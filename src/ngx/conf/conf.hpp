// SPDX-License-Identifier: Apache-2.0
// The configuration of the module in nginx's contexts, constant once it is
// read.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ngx/ngx.hpp"
#include "oidc/call_rate.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/store.hpp"
#include "oidc/web/cookie_sealer.hpp"
#include "oidc/web/own_cookies.hpp"
#include "redis/handshake.hpp"

namespace ngx {

// How the provider is reached.
struct Outbound {
    bool verify = true;
    std::string ca_pem;  // empty: the system's bundle
    std::string crl_file;
    std::string proxy;  // empty: none
    std::string no_proxy;
    ngx_msec_t connect_timeout = 5000;
    ngx_msec_t timeout = 10000;
    long keepalive = 8;
    std::uint32_t call_limit = 64;  // at once in a worker, for requests
};

// The values of the directive "type".
inline constexpr std::pair<std::string_view, const oidc::session::Store& (*)()>
    kStoreWords[] = {
#define SESSION_STORE(word) {#word, oidc::session::word##_store},
#include "oidc/session/session_stores.def"
};

// One server of a store in the network.
struct RedisServer {
    std::string host;  // or address, without brackets
    unsigned port = 6379;
    std::string path;  // of a unix socket, instead
    std::string name;  // as it was written, for the log
};

struct RedisConf {
    std::vector<RedisServer> servers;  // the first that is master is used
    // Instead: who is asked for the master of this name.
    std::string sentinel_master;
    std::vector<RedisServer> sentinels;
    Outbound outbound = [] {  // trust and times
        Outbound o;
        o.connect_timeout = 2000;
        o.timeout = 500;
        return o;
    }();
    bool ssl = false;
    std::string ssl_name;     // in the certificate; "": the host
    std::string certificate;  // PEM, of this nginx; "": none
    base::Secret certificate_key;
    redis::Credentials credentials;
    std::string prefix = "oidc";
    base::Seconds stale{60};
    bool deny_unknown = false;  // ended_unknown deny
};

struct SessionStore {
    std::string name;
    std::size_t size = 16 * 1024 * 1024;
    bool size_given = false;
    const oidc::session::Store& (*type)() = oidc::session::memory_store;
    ngx_shm_zone_t* zone = nullptr;  // memory, or copies
    RedisConf redis;
    bool is_remote() const noexcept {
        return !redis.servers.empty() || !redis.sentinels.empty();
    }
    const char* redis_only = nullptr;  // a setting that was given
    unsigned index = 0;
};

struct ProviderConf {
    oidc::Provider policy;
    std::string where;  // file:line, for what is found out later
    Outbound outbound;
    base::Seconds jwks_refresh_min{60};
    base::Seconds jwks_refresh_max{3600};
    base::Seconds jwks_stale{std::chrono::hours{24}};
    // Absent: those of the profile, until the block has been read.
    std::optional<std::vector<oidc::CallRate>> call_rates;
    std::vector<base::Secret> session_secrets;
    std::string store_name;  // "" : memory
    const SessionStore* store = nullptr;
    ngx_http_complex_value_t* extra_auth_args = nullptr;
    std::string cognito_service;  // origin of the JSON API; "" if none
    bool profile_given = false;
    bool logout_detail_given = false;
    bool connect_timeout_given = false;
    bool proxy_given = false;
    bool redirect_uri_given = false;
    bool idle_timeout_given = false;
    unsigned index = 0;
};

struct Require {
    std::vector<ngx_http_complex_value_t> values;
    ngx_int_t status = NGX_HTTP_FORBIDDEN;
};

struct SetHeader {
    std::string name;  // as written
    std::string lower;
    ngx_uint_t hash;  // of `lower`
    ngx_http_complex_value_t value;
    // The index of the module's variable that is the whole value, so that no
    // text is assembled. NGX_ERROR: the value is something else.
    ngx_int_t variable = NGX_ERROR;
};

// auth_oidc: off, one provider, or the one a variable names.
struct Choice {
    std::string name;
    ngx_http_complex_value_t* variable = nullptr;
    const ProviderConf* provider = nullptr;
    std::string where;  // file:line, for what is found out later
};

inline constexpr std::size_t kLengths = 64;

struct SrvConf {
    const ngx_http_core_srv_conf_t* core = nullptr;
    std::vector<struct LocConf*> locations;
    std::vector<const ProviderConf*> providers;  // used in this server
    // The paths of all providers together, so that the cost of a request does
    // not grow with their number.
    std::vector<std::string_view> own_paths;  // sorted
    std::bitset<kLengths> own_path_lengths;   // modulo kLengths
    oidc::web::OwnCookieNames own_cookies;
    std::vector<std::string> refresh_token_headers;
};

// Absent members are inherited.
struct LocConf {
    std::optional<std::optional<Choice>> choice;  // inner: absent for "off"
    std::optional<oidc::MethodSet> methods;
    bool all_methods = false;  // "all": those that the provider has
    std::optional<oidc::Unauthenticated> unauthenticated;
    std::vector<oidc::AnyOf> scopes;
    std::vector<oidc::AnyOf> groups;
    std::vector<oidc::ClaimRule> claims;
    std::vector<Require> requires_;
    std::optional<std::vector<std::string>> audience;
    std::optional<oidc::TokenKind> token;
    std::optional<oidc::UpstreamToken> upstream_token;
    std::optional<oidc::LoginAction> login_action;
    std::optional<oidc::LoginTokens> login_tokens;
    std::optional<oidc::LoginRedirectMode> login_redirect_mode;
    std::optional<bool> passes_preflight;
    std::optional<bool> passes_authorization;
    std::optional<std::string> login_redirect_uri;
    std::vector<SetHeader> set_headers;

    // The complaint about the first rule of this very location.
    std::string own_rule;

    oidc::Location policy;  // made of the above at merge

    // A worker has warned that a request was answered without the access phase.
    mutable bool has_warned = false;

    bool is_protected() const noexcept { return choice && *choice; }
};

// The variables of the configuration that a request may have to forget
// (request/cached_variables.hpp): their places in r->variables.
struct VariableIndexes {
    std::vector<ngx_uint_t> own;
    std::vector<ngx_uint_t> lines;     // of the request's header lines
    std::vector<ngx_uint_t> computed;  // of any other variables
};

struct MainConf {
    std::vector<ProviderConf*> providers;
    std::vector<SessionStore*> stores;
    std::vector<SrvConf*> servers;
    unsigned locations = 0;
    std::size_t cache_size = 16 * 1024 * 1024;
    bool cache_size_given = false;
    ngx_shm_zone_t* cache_zone = nullptr;
    ngx_path_t* keys_path = nullptr;  // oidc_keys_path
    // oidc_shared; null: nothing is shared with other nginx.
    std::string shared_name;
    const SessionStore* shared = nullptr;
    // Made in each worker by the first request that needs it.
    mutable std::unique_ptr<const VariableIndexes> variable_indexes;

    ProviderConf* find(std::string_view name) const noexcept {
        for (ProviderConf* p : providers) {
            if (p->policy.name == name) {
                return p;
            }
        }
        return nullptr;
    }
};

void* create_main_conf(ngx_conf_t*) noexcept;
void* create_srv_conf(ngx_conf_t*) noexcept;
void* create_loc_conf(ngx_conf_t*) noexcept;
char* merge_loc_conf(ngx_conf_t*, void* parent, void* child) noexcept;
// Resolves names, checks what only the whole shows, asks for the zones.
ngx_int_t postconfiguration(ngx_conf_t*) noexcept;

extern ngx_command_t commands[];

// Reads `oidc_provider name { … }` and `oidc_session_store name { … }`.
char* provider_block(ngx_conf_t*, ngx_command_t*, void*) noexcept;
char* session_store_block(ngx_conf_t*, ngx_command_t*, void*) noexcept;

inline const LocConf& loc_conf(ngx_http_request_t* r) noexcept {
    return *static_cast<const LocConf*>(
        ngx_http_get_module_loc_conf(r, ngx_http_auth_oidc_module));
}
inline const SrvConf& srv_conf(ngx_http_request_t* r) noexcept {
    return *static_cast<const SrvConf*>(
        ngx_http_get_module_srv_conf(r, ngx_http_auth_oidc_module));
}
inline const MainConf& main_conf(ngx_http_request_t* r) noexcept {
    return *static_cast<const MainConf*>(
        ngx_http_get_module_main_conf(r, ngx_http_auth_oidc_module));
}

}  // namespace ngx
