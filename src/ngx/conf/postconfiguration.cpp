// SPDX-License-Identifier: Apache-2.0
// Checks and completes the configuration once all of it has been read.

#include <algorithm>

#include "ngx/conf/conf.hpp"
#include "ngx/conf/hooks.hpp"
#include "ngx/conf/provider_checks.hpp"
#include "ngx/conf/redis_settings.hpp"
#include "ngx/conf/warnings.hpp"
#include "ngx/guard.hpp"
#include "ngx/pool.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/store.hpp"
#include "oidc/token/token_rules.hpp"

namespace ngx {

namespace {

ngx_int_t complain(ngx_conf_t* cf, const std::string& why) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s", why.c_str());
    return NGX_ERROR;
}

ngx_int_t add_store(ngx_conf_t* cf, MainConf& main, std::string_view name,
                    const oidc::session::Store& (*type)()) {
    for (const SessionStore* store : main.stores) {
        if (store->name == name) {
            return NGX_OK;  // the administrator's own
        }
    }
    auto* store = make<SessionStore>(cf->pool);
    if (store == nullptr) {
        return NGX_ERROR;
    }
    store->name = name;
    store->type = type;
    main.stores.push_back(store);
    return NGX_OK;
}

// One of each type, under its word.
ngx_int_t add_stores(ngx_conf_t* cf, MainConf& main) {
    for (const auto& [word, type] : kStoreWords) {
        if (add_store(cf, main, word, type) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    for (unsigned i = 0; i < main.stores.size(); i++) {
        main.stores[i]->index = i;
    }
    return NGX_OK;
}

ngx_int_t resolve_store(ngx_conf_t* cf, MainConf& main, ProviderConf& p) {
    const std::string wanted = p.store_name.empty() ? "memory" : p.store_name;
    for (SessionStore* store : main.stores) {
        if (store->name != wanted) {
            continue;
        }
        p.store = store;
        p.policy.store = &store->type();
        const auto& implementation = store->type();
        if (implementation.needs_session_secret() &&
            p.session_secrets.empty()) {
            return complain(cf, "oidc_provider \"" + p.policy.name +
                                    "\": session_store \"" + store->name +
                                    (implementation.is_in_zone()
                                         ? "\" is shared by several servers"
                                         : "\" keeps sessions in cookies") +
                                    " and needs a session_secret in " +
                                    p.where);
        }
        if (const Complaint wrong = check_redis(*store); !wrong.empty()) {
            return complain(cf, "oidc_provider \"" + p.policy.name +
                                    "\": session_store \"" + store->name +
                                    "\": " + wrong + ", in " + p.where);
        }
        return implementation.is_in_zone() ? add_session_zone(cf, *store)
                                           : NGX_OK;
    }
    return complain(cf, "oidc_provider \"" + p.policy.name +
                            "\": unknown session_store \"" + p.store_name +
                            "\" in " + p.where);
}

// The store that oidc_shared names, and what it needs of all providers.
ngx_int_t resolve_shared(ngx_conf_t* cf, MainConf& main) {
    for (const SessionStore* store : main.stores) {
        if (store->redis.deny_unknown && store->name != main.shared_name) {
            return complain(cf, "oidc_session_store \"" + store->name +
                                    "\": \"ended_unknown deny\" needs "
                                    "\"oidc_shared " +
                                    store->name + "\"");
        }
    }
    if (main.shared_name.empty()) {
        return NGX_OK;
    }
    for (SessionStore* store : main.stores) {
        if (store->name == main.shared_name && store->is_remote()) {
            main.shared = store;
            for (const ProviderConf* p : main.providers) {
                if (p->session_secrets.empty()) {
                    return complain(cf, "oidc_provider \"" + p->policy.name +
                                            "\": oidc_shared needs a "
                                            "session_secret in " +
                                            p->where);
                }
            }
            return add_session_zone(cf, *store);
        }
    }
    return complain(cf, "oidc_shared: \"" + main.shared_name +
                            "\" is no oidc_session_store of type redis");
}

// What a method that is accepted here needs of its provider; "": nothing more.
std::string missing_setting(oidc::Method method, const oidc::Provider& p,
                            bool is_named) {
    const std::string word(oidc::word(method));
    if (oidc::needs_client_id(method) && p.client_id.empty()) {
        return "a \"client_id\" for " + word;
    }
    if (!is_named) {
        return {};
    }
    if (oidc::comes_as(method) == oidc::ComesAs::header &&
        p.refresh_token_header.empty()) {
        return "a \"refresh_token_header\" for " + word;
    }
    if (method == oidc::Method::introspection &&
        p.endpoints.introspection.empty() &&
        !oidc::traits(p.profile).has_introspection) {
        return "an \"introspection_endpoint\" for introspection, which "
               "Cognito does not have";
    }
    return {};
}

std::string check_bearer(const LocConf& l, const oidc::Provider& p) {
    if (!oidc::token::takes_bearer(p, l.policy)) {
        return "an \"audience\" or \"allowed_clients\" for bearer";
    }
    return p.client_id.empty() && !oidc::token::has_audience(p, l.policy) &&
                   p.allowed_clients.empty() && !p.any_client
               ? "a \"client_id\", an \"audience\" or "
                 "\"allowed_clients\" for bearer"
               : "";
}

// Checks that need both the location and its provider.
std::string check_pair(const LocConf& l, const ProviderConf& p) {
    for (const oidc::Method method : oidc::kMethods) {
        if (!l.policy.methods.has(method)) {
            continue;
        }
        std::string missing =
            method == oidc::Method::bearer
                ? check_bearer(l, p.policy)
                : missing_setting(method, p.policy, !l.all_methods);
        if (!missing.empty()) {
            return "needs " + missing;
        }
        const auto at = oidc::comes_as(method);
        if (l.policy.passes_authorization &&
            (at == oidc::ComesAs::bearer || at == oidc::ComesAs::basic)) {
            return "cannot be used with auth_oidc_authorization pass and the "
                   "method " +
                   std::string(oidc::word(method));
        }
    }
    return {};
}

// By default, bearer tokens are accepted only where the settings say which.
void drop_default_bearer(LocConf& l, const ProviderConf& p) {
    const bool is_default = !l.methods || l.all_methods;
    if (is_default && !oidc::token::takes_bearer(p.policy, l.policy)) {
        l.policy.methods.remove(oidc::Method::bearer);
    }
}

void note_provider(SrvConf& server, const ProviderConf* p) {
    for (const ProviderConf* known : server.providers) {
        if (known == p) {
            return;
        }
    }
    server.providers.push_back(p);
}

void note_use(SrvConf& server, const LocConf& l, ProviderConf* p) {
    note_provider(server, p);
    p->policy.methods.add(l.policy.methods);
}

ngx_int_t resolve_location(ngx_conf_t* cf, MainConf& main, SrvConf& server,
                           LocConf& l) {
    if (!l.is_protected()) {
        return l.own_rule.empty() ? NGX_OK : complain(cf, l.own_rule);
    }
    Choice& choice = **l.choice;
    if (choice.variable) {
        for (ProviderConf* p : main.providers) {
            note_use(server, l, p);
        }
        return NGX_OK;
    }
    ProviderConf* p = main.find(choice.name);
    if (p == nullptr) {
        return complain(cf, "unknown oidc_provider \"" + choice.name +
                                "\" in " + choice.where);
    }
    choice.provider = p;
    drop_default_bearer(l, *p);
    if (std::string wrong = check_pair(l, *p); !wrong.empty()) {
        return complain(cf, "oidc_provider \"" + p->policy.name + "\" " +
                                wrong + " in " + choice.where);
    }
    note_use(server, l, p);
    return NGX_OK;
}

// The methods by which the locations of this server use the provider.
oidc::MethodSet used_methods(const SrvConf& server, const ProviderConf& p) {
    oidc::MethodSet methods;
    for (const LocConf* l : server.locations) {
        if (l->is_protected() &&
            ((*l->choice)->variable || (*l->choice)->provider == &p)) {
            methods.add(l->policy.methods);
        }
    }
    return methods;
}

bool keeps_sessions(oidc::MethodSet methods) {
    return methods.has(oidc::Method::session) ||
           methods.has(oidc::Method::authorization_code);
}

bool same_cookie(const oidc::CookiePolicy& a, const oidc::CookiePolicy& b) {
    return a.name == b.name && a.path == b.path && a.domain == b.domain;
}

bool same_callback(const oidc::Provider& a, const oidc::Provider& b) {
    for (const oidc::OwnAddress& one : a.redirect_uris) {
        for (const oidc::OwnAddress& other : b.redirect_uris) {
            if (one.path == other.path) {
                return true;
            }
        }
    }
    return false;
}

// The settings by which two providers that log in users at one server must
// differ. With one callback for two issuers, one of them could obtain the
// codes of the other (mix-up, RFC 9700 4.4.2).
std::string shared_settings(const SrvConf& server, const ProviderConf& a,
                            const ProviderConf& b) {
    std::string shared;
    if (!keeps_sessions(used_methods(server, a)) ||
        !keeps_sessions(used_methods(server, b))) {
        return shared;
    }
    if (same_cookie(a.policy.cookie, b.policy.cookie)) {
        shared = "cookie_name";
    }
    if (a.policy.issuer != b.policy.issuer &&
        same_callback(a.policy, b.policy)) {
        shared += shared.empty() ? "redirect_uri" : " and a redirect_uri";
    }
    return shared;
}

// An address that two providers have in common; "": there is none.
std::string same_address(const oidc::Provider& a, const oidc::Provider& b) {
    for (const OwnPath& one : own_paths(a)) {
        for (const OwnPath& other : own_paths(b)) {
            const bool are_callbacks =
                one.setting == kRedirectUri && other.setting == kRedirectUri;
            if (one.path == other.path && !are_callbacks) {
                return one.setting == other.setting
                           ? std::string(one.setting)
                           : std::string(one.setting) + " and " +
                                 std::string(other.setting);
            }
        }
    }
    return {};
}

ngx_int_t check_providers(ngx_conf_t* cf, const SrvConf& server,
                          const ProviderConf& a, const ProviderConf& b) {
    const std::string both = "oidc_providers \"" + a.policy.name + "\" and \"" +
                             b.policy.name + "\" ";

    if (std::string shared = shared_settings(server, a, b); !shared.empty()) {
        return complain(cf, both +
                                "are used in one server: give one of them a " +
                                shared + " in " + b.where);
    }
    if (std::string name = same_address(a.policy, b.policy); !name.empty()) {
        return complain(cf, both + "have the same " + name +
                                " in one server in " + b.where);
    }
    return NGX_OK;
}

ngx_int_t check_server(ngx_conf_t* cf, const SrvConf& server) {
    for (const ProviderConf* a : server.providers) {
        for (const ProviderConf* b : server.providers) {
            if (a->index < b->index &&
                check_providers(cf, server, *a, *b) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }
    return NGX_OK;
}

void add_refresh_token_header(SrvConf& server, const std::string& name) {
    auto& names = server.refresh_token_headers;
    if (!name.empty() &&
        std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
    }
}

// Collects the paths and cookie names of all providers of a server.
void index_server(SrvConf& server) {
    for (const ProviderConf* p : server.providers) {
        for (const OwnPath& own : own_paths(p->policy)) {
            server.own_paths.push_back(own.path);
            server.own_path_lengths.set(own.path.size() % kLengths);
        }
        server.own_cookies.add(p->policy);
        add_refresh_token_header(server, p->policy.refresh_token_header);
    }
    std::sort(server.own_paths.begin(), server.own_paths.end());
}

}  // namespace

void* create_main_conf(ngx_conf_t* cf) noexcept {
    return guarded_call(static_cast<void*>(nullptr),
                        [&]() -> void* { return make<MainConf>(cf->pool); });
}

void* create_srv_conf(ngx_conf_t* cf) noexcept {
    return guarded_call(static_cast<void*>(nullptr),
                        [&]() -> void* { return make<SrvConf>(cf->pool); });
}

ngx_int_t postconfiguration(ngx_conf_t* cf) noexcept {
    return guarded_call(ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        auto& main = *static_cast<MainConf*>(
            ngx_http_conf_get_module_main_conf(cf, ngx_http_auth_oidc_module));
        if (main.providers.empty()) {
            for (SrvConf* server : main.servers) {
                for (LocConf* l : server->locations) {
                    if (resolve_location(cf, main, *server, *l) != NGX_OK) {
                        return NGX_ERROR;
                    }
                }
            }
            return NGX_OK;
        }
        if (add_stores(cf, main) != NGX_OK ||
            add_cache_zone(cf, main) != NGX_OK) {
            return NGX_ERROR;
        }
        for (ProviderConf* p : main.providers) {
            if (resolve_store(cf, main, *p) != NGX_OK) {
                return NGX_ERROR;
            }
        }
        if (resolve_shared(cf, main) != NGX_OK) {
            return NGX_ERROR;
        }
        for (SrvConf* server : main.servers) {
            for (LocConf* l : server->locations) {
                if (resolve_location(cf, main, *server, *l) != NGX_OK) {
                    return NGX_ERROR;
                }
            }
            if (check_server(cf, *server) != NGX_OK) {
                return NGX_ERROR;
            }
            index_server(*server);
            warn_about_buffers(cf, *server);
        }
        for (const ProviderConf* p : main.providers) {
            warn_about_provider(cf, *p);
        }
        return NGX_OK;
    });
}

}  // namespace ngx
