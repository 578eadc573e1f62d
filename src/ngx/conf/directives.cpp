// SPDX-License-Identifier: Apache-2.0
// The directives of http, server and location, and their inheritance.

#include "base/same_origin_uri.hpp"
#include "ngx/conf/conf.hpp"
#include "ngx/conf/hooks.hpp"
#include "ngx/conf/main_directives.hpp"
#include "ngx/conf/values.hpp"
#include "ngx/guard.hpp"
#include "ngx/header_name.hpp"
#include "ngx/pool.hpp"
#include "oidc/access/rules.hpp"
#include "oidc/credential/exchange.hpp"
#include "oidc/policy.hpp"

namespace ngx {

namespace {

char* const kConfError = static_cast<char*>(NGX_CONF_ERROR);

char* complain(ngx_conf_t* cf, const ngx_command_t* cmd,
               const std::string& why) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", &cmd->name,
                       why.c_str());
    return kConfError;
}

// A directive's handler: values in, a complaint out.
template <Complaint (*Set)(LocConf&, Args, ngx_conf_t*)>
char* directive(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept {
    return guarded_call(kConfError, [&]() -> char* {
        Args words{static_cast<ngx_str_t*>(cf->args->elts), cf->args->nelts};
        Complaint wrong =
            Set(*static_cast<LocConf*>(conf), words.subspan(1), cf);
        return wrong.empty() ? NGX_CONF_OK : complain(cf, cmd, wrong);
    });
}

// The same for a rule, which is of no use where nothing is protected. Of outer
// levels it may be meant for the locations inside.
template <Complaint (*Set)(LocConf&, Args, ngx_conf_t*)>
char* rule_directive(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept {
    char* rc = directive<Set>(cf, cmd, conf);
    if (rc != NGX_CONF_OK || !(cf->cmd_type & NGX_HTTP_LOC_CONF)) {
        return rc;
    }
    return guarded_call(kConfError, [&]() -> char* {
        auto& own_rule = static_cast<LocConf*>(conf)->own_rule;
        if (own_rule.empty()) {
            own_rule = "\"" + std::string(view(cmd->name)) +
                       "\" protects nothing, as its location has no "
                       "auth_oidc, in " +
                       here(cf);
        }
        return NGX_CONF_OK;
    });
}

Complaint set_auth_oidc(LocConf& l, Args a, ngx_conf_t* cf) {
    if (l.choice) {
        return "is duplicate";
    }
    if (a[0].len == 0) {
        return "needs the name of a provider";
    }
    auto& choice = l.choice.emplace();
    if (view(a[0]) == "off") {
        return {};
    }
    choice.emplace();
    choice->where = here(cf);
    if (ngx_http_script_variables_count(const_cast<ngx_str_t*>(&a[0]))) {
        choice->variable = static_cast<ngx_http_complex_value_t*>(
            ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t)));
        return choice->variable ? compile(cf, a[0], *choice->variable)
                                : "out of memory";
    }
    choice->name = view(a[0]);
    return {};
}

constexpr std::pair<std::string_view, oidc::Method> kMethods[] = {
#define AUTH_METHOD(word, call, comes_as, endpoint, client) \
    {#word, oidc::Method::word},
#include "base/methods.def"
};

Complaint set_methods(LocConf& l, Args a, ngx_conf_t*) {
    if (l.methods) {
        return "is duplicate";
    }
    l.methods.emplace();
    for (const ngx_str_t& arg : a) {
        if (view(arg) == "all") {
            l.all_methods = true;
            for (const auto& [word, method] : kMethods) {
                l.methods->add(method);
            }
            continue;
        }
        oidc::Method method{};
        if (Complaint wrong = read_word(arg, kMethods, method);
            !wrong.empty()) {
            return wrong + ", all";
        }
        l.methods->add(method);
    }
    return {};
}

template <class T, std::optional<T> LocConf::*Member, auto& Words>
Complaint set_choice_of(LocConf& l, Args a, ngx_conf_t*) {
    if (l.*Member) {
        return "is duplicate";
    }
    return read_word(a[0], Words, (l.*Member).emplace());
}

constexpr std::pair<std::string_view, oidc::Unauthenticated>
    kUnauthenticated[] = {{"auto", oidc::Unauthenticated::automatic},
                          {"login", oidc::Unauthenticated::login},
                          {"deny", oidc::Unauthenticated::deny},
                          {"pass", oidc::Unauthenticated::pass}};

constexpr std::pair<std::string_view, oidc::TokenKind> kTokenKinds[] = {
    {"access", oidc::TokenKind::access},
    {"id", oidc::TokenKind::id},
    {"any", oidc::TokenKind::any}};

constexpr std::pair<std::string_view, oidc::UpstreamToken> kUpstreamTokens[] = {
    {"access", oidc::UpstreamToken::access},
    {"id", oidc::UpstreamToken::id},
    {"off", oidc::UpstreamToken::off}};

constexpr std::pair<std::string_view, oidc::LoginAction> kLoginActions[] = {
    {"redirect", oidc::LoginAction::redirect},
    {"upstream", oidc::LoginAction::upstream},
    {"response", oidc::LoginAction::response}};

constexpr std::pair<std::string_view, oidc::LoginRedirectMode>
    kLoginRedirectModes[] = {{"query", oidc::LoginRedirectMode::query},
                             {"fragment", oidc::LoginRedirectMode::fragment}};

constexpr std::pair<std::string_view, bool oidc::LoginTokens::*>
    kLoginTokens[] = {{"id_token", &oidc::LoginTokens::id},
                      {"access_token", &oidc::LoginTokens::access},
                      {"refresh_token", &oidc::LoginTokens::refresh}};

Complaint set_login_tokens(LocConf& l, Args a, ngx_conf_t*) {
    if (l.login_tokens) {
        return "is duplicate";
    }
    oidc::LoginTokens& tokens = l.login_tokens.emplace();
    if (a.size() == 1 && view(a[0]) == "off") {
        return {};
    }
    for (const ngx_str_t& arg : a) {
        bool oidc::LoginTokens::*member = nullptr;
        if (Complaint wrong = read_word(arg, kLoginTokens, member);
            !wrong.empty()) {
            return wrong;
        }
        tokens.*member = true;
    }
    return {};
}

constexpr std::pair<std::string_view, bool> kAuthorizationIsFor[] = {
    {"judge", false}, {"pass", true}};
constexpr std::pair<std::string_view, bool> kPreflight[] = {{"pass", true},
                                                            {"deny", false}};

Complaint check_alternatives(const oidc::AnyOf& entries) {
    for (const oidc::AllOf& entry : entries) {
        if (entry.empty()) {
            return "has an empty entry";
        }
    }
    return {};
}

template <std::vector<oidc::AnyOf> LocConf::*Member>
Complaint add_rule(LocConf& l, Args a, ngx_conf_t*) {
    (l.*Member).push_back(alternatives(a));
    return check_alternatives((l.*Member).back());
}

Complaint add_claim_rule(LocConf& l, Args a, ngx_conf_t*) {
    oidc::ClaimRule rule;
    rule.path = oidc::parse_claim_path(view(a[0]));
    if (rule.path.name.empty() && rule.path.steps.empty()) {
        return "has a malformed claim path";
    }
    rule.values = alternatives(a.subspan(1));
    l.claims.push_back(std::move(rule));
    return check_alternatives(l.claims.back().values);
}

Complaint add_require(LocConf& l, Args a, ngx_conf_t* cf) {
    constexpr std::string_view kError = "error=";
    Require rule;
    for (const ngx_str_t& arg : a) {
        if (view(arg).starts_with(kError)) {
            ngx_int_t n =
                ngx_atoi(arg.data + kError.size(), arg.len - kError.size());
            if (n < 400 || n > 499 || &arg != &a.back()) {
                return "needs error=4xx as its last parameter";
            }
            rule.status = n;
            continue;
        }
        if (!ngx_http_script_variables_count(const_cast<ngx_str_t*>(&arg))) {
            return "takes variables";
        }
        Complaint wrong = compile(cf, arg, rule.values.emplace_back());
        if (!wrong.empty()) {
            return wrong;
        }
    }
    if (rule.values.empty()) {
        return "needs a variable";
    }
    l.requires_.push_back(std::move(rule));
    return {};
}

Complaint set_audience(LocConf& l, Args a, ngx_conf_t*) {
    if (l.audience) {
        return "is duplicate";
    }
    l.audience = strings(a);
    return {};
}

Complaint set_login_redirect(LocConf& l, Args a, ngx_conf_t*) {
    if (l.login_redirect_uri) {
        return "is duplicate";
    }
    if (!base::SameOriginUri::parse(view(a[0]))) {
        return "\"" + std::string(view(a[0])) +
               "\" is not a path of this server";
    }
    l.login_redirect_uri = view(a[0]);
    return {};
}

Complaint add_set_header(LocConf& l, Args a, ngx_conf_t* cf) {
    constexpr std::string_view kNever[] = {"host", "content-length",
                                           "transfer-encoding", "connection"};
    SetHeader header;
    header.name = view(a[0]);
    if (header.name.empty()) {
        return "needs a header name";
    }
    for (char c : header.name) {
        if (!is_alnum(c) && c != '-') {
            return "takes a header name of letters, digits and \"-\"";
        }
        header.lower += static_cast<char>(ngx_tolower(c));
    }
    header.hash = hash_of(header.lower);
    for (std::string_view name : kNever) {
        if (header.lower == name) {
            return "cannot set \"" + header.name + "\"";
        }
    }
    if (Complaint wrong = compile(cf, a[1], header.value); !wrong.empty()) {
        return wrong;
    }
    header.variable = own_variable(cf, view(a[1]));
    l.set_headers.push_back(std::move(header));
    return {};
}

// A directive that says what answers in the location.
template <ngx_int_t (*Handler)(ngx_http_request_t*)>
char* content(ngx_conf_t* cf, ngx_command_t*, void*) noexcept {
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    if (core->handler) {
        return const_cast<char*>("conflicts with another content handler");
    }
    core->handler = guarded<Handler>;
    return NGX_CONF_OK;
}

constexpr ngx_uint_t kEverywhere =
    NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF;

ngx_command_t location_command(const char* name, ngx_uint_t args,
                               char* (*set)(ngx_conf_t*, ngx_command_t*,
                                            void*)) {
    return {borrow(name), kEverywhere | args, set, NGX_HTTP_LOC_CONF_OFFSET, 0,
            nullptr};
}

template <class T>
void inherit(std::optional<T>& child, const std::optional<T>& parent) {
    if (!child) {
        child = parent;
    }
}

template <class T>
void inherit(std::vector<T>& child, const std::vector<T>& parent) {
    if (child.empty()) {
        child = parent;
    }
}

oidc::MethodSet default_methods() {
    oidc::MethodSet set;
    set.add(oidc::Method::session)
        .add(oidc::Method::authorization_code)
        .add(oidc::Method::bearer);
    return set;
}

void build_policy(LocConf& l) {
    oidc::Location& p = l.policy;
    p.methods = l.methods.value_or(default_methods());
    p.unauthenticated =
        l.unauthenticated.value_or(oidc::Unauthenticated::automatic);
    p.scopes = l.scopes;
    p.groups = l.groups;
    p.claims = l.claims;
    p.audience = l.audience.value_or(std::vector<std::string>{});
    p.token = l.token.value_or(oidc::TokenKind::access);
    p.upstream_token = l.upstream_token.value_or(oidc::UpstreamToken::access);
    p.login_action = l.login_action.value_or(oidc::LoginAction::redirect);
    p.login_tokens = l.login_tokens.value_or(oidc::LoginTokens{});
    p.login_redirect_mode =
        l.login_redirect_mode.value_or(oidc::LoginRedirectMode::query);
    p.passes_preflight = l.passes_preflight.value_or(false);
    p.passes_authorization = l.passes_authorization.value_or(false);
    p.login_redirect_uri = l.login_redirect_uri.value_or("");
    p.exchange_id = oidc::credential::exchange_id(p);
}

// Reports a directive that has no effect with the value of the other.
Complaint check_login_end(const oidc::Location& p) {
    return p.login_action == oidc::LoginAction::upstream && p.login_tokens.any()
               ? "auth_oidc_login_action upstream hands out no "
                 "auth_oidc_login_tokens"
               : "";
}

// Only now: while nginx makes the configurations of http itself, cf->ctx is
// still that of the level above.
void note_location(ngx_conf_t* cf, LocConf& l) {
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_auth_oidc_module));
    auto* server = static_cast<SrvConf*>(
        ngx_http_conf_get_module_srv_conf(cf, ngx_http_auth_oidc_module));
    l.policy.index = l.is_protected() ? main->locations++ : ~0u;
    if (server->locations.empty()) {
        main->servers.push_back(server);
        server->core = static_cast<ngx_http_core_srv_conf_t*>(
            ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module));
    }
    server->locations.push_back(&l);
}

}  // namespace

void* create_loc_conf(ngx_conf_t* cf) noexcept {
    return guarded_call(static_cast<void*>(nullptr),
                        [&]() -> void* { return make<LocConf>(cf->pool); });
}

char* merge_loc_conf(ngx_conf_t* cf, void* parent, void* child) noexcept {
    return guarded_call(kConfError, [&]() -> char* {
        const auto& p = *static_cast<const LocConf*>(parent);
        auto& c = *static_cast<LocConf*>(child);
        inherit(c.choice, p.choice);
        c.all_methods = c.methods ? c.all_methods : p.all_methods;
        inherit(c.methods, p.methods);
        inherit(c.unauthenticated, p.unauthenticated);
        inherit(c.scopes, p.scopes);
        inherit(c.groups, p.groups);
        inherit(c.claims, p.claims);
        inherit(c.requires_, p.requires_);
        inherit(c.audience, p.audience);
        inherit(c.token, p.token);
        inherit(c.upstream_token, p.upstream_token);
        inherit(c.login_redirect_uri, p.login_redirect_uri);
        inherit(c.login_action, p.login_action);
        inherit(c.login_tokens, p.login_tokens);
        inherit(c.login_redirect_mode, p.login_redirect_mode);
        inherit(c.passes_preflight, p.passes_preflight);
        inherit(c.passes_authorization, p.passes_authorization);
        inherit(c.set_headers, p.set_headers);
        build_policy(c);
        if (Complaint wrong = check_login_end(c.policy); !wrong.empty()) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", wrong.c_str());
            return kConfError;
        }
        note_location(cf, c);
        return NGX_CONF_OK;
    });
}

ngx_command_t commands[] = {
    {ngx_string("oidc_provider"),
     NGX_HTTP_MAIN_CONF | NGX_CONF_BLOCK | NGX_CONF_TAKE1, provider_block,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {ngx_string("oidc_session_store"),
     NGX_HTTP_MAIN_CONF | NGX_CONF_BLOCK | NGX_CONF_TAKE1, session_store_block,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {ngx_string("oidc_cache_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
     set_cache_zone, NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {ngx_string("oidc_keys_path"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
     set_keys_path, NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {ngx_string("oidc_shared"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_shared,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    location_command("auth_oidc", NGX_CONF_TAKE1, directive<set_auth_oidc>),
    location_command("auth_oidc_methods", NGX_CONF_1MORE,
                     directive<set_methods>),
    location_command(
        "auth_oidc_unauthenticated", NGX_CONF_TAKE1,
        directive<set_choice_of<oidc::Unauthenticated,
                                &LocConf::unauthenticated, kUnauthenticated>>),
    location_command("auth_oidc_require_scope", NGX_CONF_1MORE,
                     rule_directive<add_rule<&LocConf::scopes>>),
    location_command("auth_oidc_require_group", NGX_CONF_1MORE,
                     rule_directive<add_rule<&LocConf::groups>>),
    location_command("auth_oidc_require_claim", NGX_CONF_2MORE,
                     rule_directive<add_claim_rule>),
    location_command("auth_oidc_require", NGX_CONF_1MORE,
                     rule_directive<add_require>),
    location_command("auth_oidc_audience", NGX_CONF_1MORE,
                     rule_directive<set_audience>),
    location_command(
        "auth_oidc_token", NGX_CONF_TAKE1,
        directive<
            set_choice_of<oidc::TokenKind, &LocConf::token, kTokenKinds>>),
    location_command(
        "auth_oidc_upstream_token", NGX_CONF_TAKE1,
        directive<set_choice_of<oidc::UpstreamToken, &LocConf::upstream_token,
                                kUpstreamTokens>>),
    location_command("auth_oidc_set_header", NGX_CONF_TAKE2,
                     directive<add_set_header>),
    location_command("auth_oidc_login_redirect_uri", NGX_CONF_TAKE1,
                     directive<set_login_redirect>),
    location_command(
        "auth_oidc_login_action", NGX_CONF_TAKE1,
        directive<set_choice_of<oidc::LoginAction, &LocConf::login_action,
                                kLoginActions>>),
    location_command("auth_oidc_login_tokens", NGX_CONF_1MORE,
                     directive<set_login_tokens>),
    location_command(
        "auth_oidc_login_redirect_mode", NGX_CONF_TAKE1,
        directive<
            set_choice_of<oidc::LoginRedirectMode,
                          &LocConf::login_redirect_mode, kLoginRedirectModes>>),
    location_command(
        "auth_oidc_preflight", NGX_CONF_TAKE1,
        directive<set_choice_of<bool, &LocConf::passes_preflight, kPreflight>>),
    location_command(
        "auth_oidc_authorization", NGX_CONF_TAKE1,
        directive<set_choice_of<bool, &LocConf::passes_authorization,
                                kAuthorizationIsFor>>),
    {ngx_string("auth_oidc_claim_set"), NGX_HTTP_MAIN_CONF | NGX_CONF_2MORE,
     add_claim_set, NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {ngx_string("auth_oidc_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
     content<status_handler>, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {ngx_string("auth_oidc_session_info"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
     content<session_info_handler>, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {ngx_string("auth_oidc_sessions"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
     content<sessions_handler>, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    ngx_null_command,
};

}  // namespace ngx
