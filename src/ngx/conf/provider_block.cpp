// SPDX-License-Identifier: Apache-2.0
// The settings of `oidc_provider name { … }`.

#include <algorithm>

#include "base/ascii.hpp"
#include "base/same_origin_uri.hpp"
#include "base/url.hpp"
#include "ngx/conf/conf.hpp"
#include "ngx/conf/key_settings.hpp"
#include "ngx/conf/logout_settings.hpp"
#include "ngx/conf/outbound_settings.hpp"
#include "ngx/conf/provider_checks.hpp"
#include "ngx/conf/user_pool.hpp"
#include "ngx/conf/values.hpp"
#include "ngx/guard.hpp"
#include "ngx/pool.hpp"
#include "oidc/policy.hpp"
#include "oidc/web/cookie_sealer.hpp"

namespace ngx {

namespace {

using P = ProviderConf;
using oidc::ProviderEndpoints;

constexpr std::string_view kWellKnown = "/.well-known/openid-configuration";

Complaint set_issuer(P& p, Args a, ngx_conf_t*) {
    if (!p.cognito_service.empty()) {
        return "cognito_user_pool is there already";
    }
    std::string url;
    if (Complaint wrong = read_url(a[0], url); !wrong.empty()) {
        return wrong;
    }
    if (url.ends_with(kWellKnown)) {
        p.policy.config_url = url;
        url.resize(url.size() - kWellKnown.size());
    }
    p.policy.issuer = url;
    return {};
}

Complaint set_profile(P& p, Args a, ngx_conf_t*) {
    std::vector<std::pair<std::string_view, oidc::Profile>> words;
    for (const oidc::ProfileTraits& one : oidc::profiles()) {
        words.emplace_back(one.word, one.profile);
    }
    p.profile_given = true;
    return read_word(a[0], words, p.policy.profile);
}

Complaint set_issuer_alias(P& p, Args a, ngx_conf_t*) {
    for (const ngx_str_t& arg : a) {
        std::string url;
        if (Complaint wrong = read_url(arg, url); !wrong.empty()) {
            return wrong;
        }
        p.policy.issuers.push_back(std::move(url));
    }
    return {};
}

template <std::string oidc::ProviderEndpoints::*Member>
Complaint set_endpoint(P& p, Args a, ngx_conf_t*) {
    return read_url(a[0], p.policy.endpoints.*Member);
}

template <std::string oidc::Provider::*Member>
Complaint set_text(P& p, Args a, ngx_conf_t*) {
    if (a[0].len == 0) {
        return "the value is empty";
    }
    p.policy.*Member = view(a[0]);
    return {};
}

// "openid email" or openid email: both are one blank-separated list.
Complaint set_scope(P& p, Args a, ngx_conf_t*) {
    p.policy.scope.clear();
    for (const std::string& word : strings(a)) {
        if (word.empty()) {
            return "a value is empty";
        }
        p.policy.scope += (p.policy.scope.empty() ? "" : " ") + word;
    }
    return {};
}

template <bool oidc::Provider::*Member>
Complaint set_policy_flag(P& p, Args a, ngx_conf_t*) {
    return read_flag(a[0], p.policy.*Member);
}

template <base::Seconds oidc::Provider::*Member>
Complaint set_policy_time(P& p, Args a, ngx_conf_t*) {
    return read_seconds(a[0], p.policy.*Member);
}

template <std::vector<std::string> oidc::Provider::*Member>
Complaint set_list(P& p, Args a, ngx_conf_t*) {
    for (const ngx_str_t& arg : a) {
        if (arg.len == 0) {
            return "a value is empty";
        }
    }
    p.policy.*Member = strings(a);
    return {};
}

Complaint set_config_url(P& p, Args a, ngx_conf_t*) {
    return read_url(a[0], p.policy.config_url);
}

Complaint set_secrets(P& p, std::string_view first,
                      std::optional<std::string_view> second) {
    if (second && (first.empty() || second->empty())) {
        return "a secret is empty";
    }
    if (second && first == *second) {
        return "both secrets are the same";
    }
    p.policy.client_secret = base::Secret(first);
    p.policy.second_client_secret = base::Secret(second.value_or(""));
    return {};
}

Complaint set_client_secret(P& p, Args a, ngx_conf_t*) {
    if (!p.policy.client_secret.empty()) {
        return "client_secret_file is there already";
    }
    return set_secrets(
        p, view(a[0]),
        a.size() == 2 ? std::optional(view(a[1])) : std::nullopt);
}

Complaint set_client_secret_file(P& p, Args a, ngx_conf_t* cf) {
    if (!p.policy.client_secret.empty()) {
        return "client_secret is there already";
    }
    base::Secret lines;
    if (Complaint wrong = read_secret_lines(cf, a[0], lines); !wrong.empty()) {
        return wrong;
    }
    std::string_view rest = lines.reveal();
    const std::string_view first = base::take_until(rest, '\n');
    if (rest.find('\n') != rest.npos) {
        return "the file has more than two lines";
    }
    return set_secrets(p, first,
                       rest.empty() ? std::nullopt : std::optional(rest));
}

Complaint set_client_auth(P& p, Args a, ngx_conf_t*) {
    constexpr std::pair<std::string_view, oidc::ClientAuth> kWords[] = {
        {"basic", oidc::ClientAuth::basic},
        {"post", oidc::ClientAuth::post},
        {"none", oidc::ClientAuth::none}};
    for (const std::string_view later :
         {"client_secret_jwt", "private_key_jwt", "tls"}) {
        if (view(a[0]) == later) {
            return std::string(later) + " is not supported yet";
        }
    }
    return read_word(a[0], kWords, p.policy.client_auth);
}

Complaint set_redirect_uri(P& p, Args a, ngx_conf_t*) {
    p.redirect_uri_given = true;
    for (const ngx_str_t& arg : a) {
        oidc::OwnAddress address;
        if (Complaint wrong = read_own_address(arg, address); !wrong.empty()) {
            return wrong;
        }
        p.policy.redirect_uris.push_back(std::move(address));
    }
    return {};
}

Complaint set_base_url(P& p, Args a, ngx_conf_t*) {
    auto url = base::Url::parse(view(a[0]));
    if (!url || !url->query.empty() ||
        (!url->path.empty() && url->path != "/")) {
        return "it must be scheme://host[:port]";
    }
    p.policy.base_url = url->origin();
    return {};
}

Complaint set_extra_auth_args(P& p, Args a, ngx_conf_t* cf) {
    auto* value = static_cast<ngx_http_complex_value_t*>(
        ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t)));
    if (value == nullptr) {
        return "out of memory";
    }
    p.extra_auth_args = value;
    return compile(cf, a[0], *value);
}

Complaint set_store(P& p, Args a, ngx_conf_t*) {
    p.store_name = view(a[0]);
    return {};
}

Complaint set_idle_timeout(P& p, Args a, ngx_conf_t* cf) {
    p.idle_timeout_given = true;
    return set_policy_time<&oidc::Provider::session_idle_timeout>(p, a, cf);
}

Complaint add_session_secret(P& p, std::string_view secret) {
    if (auto status = oidc::web::check_secret(secret); !status) {
        return std::string(status.error().why);
    }
    p.session_secrets.emplace_back(secret);
    return {};
}

Complaint set_session_secret(P& p, Args a, ngx_conf_t*) {
    for (const ngx_str_t& arg : a) {
        if (Complaint wrong = add_session_secret(p, view(arg));
            !wrong.empty()) {
            return wrong;
        }
    }
    return {};
}

// One secret a line, the first one seals.
Complaint set_session_secret_file(P& p, Args a, ngx_conf_t* cf) {
    std::string text;
    if (Complaint wrong = read_file(cf, a[0], text, Content::secret);
        !wrong.empty()) {
        return wrong;
    }
    Complaint wrong;
    std::string_view rest = text;
    while (wrong.empty() && !rest.empty()) {
        std::string_view line = base::take_until(rest, '\n');
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            wrong = add_session_secret(p, line);
        }
    }
    base::wipe(text.data(), text.size());
    return wrong.empty() && p.session_secrets.empty()
               ? "the file holds no secret"
               : wrong;
}

Complaint set_cookie_name(P& p, Args a, ngx_conf_t*) {
    constexpr std::string_view kToken =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const bool bare = a.size() == 2;
    if (bare && view(a[0]) != "-bare") {
        return "the only parameter before the name is \"-bare\"";
    }
    const std::string_view name = view(a.back());
    if (name.empty() || name.size() > 64 ||
        name.find_first_not_of(kToken) != std::string_view::npos) {
        return "it must be a token of at most 64 characters (RFC 6265 4.1.1)";
    }
    p.policy.cookie.name = name;
    p.policy.cookie.bare_name =
        bare || name.starts_with("__Host-") || name.starts_with("__Secure-");
    return {};
}

Complaint set_cookie_path(P& p, Args a, ngx_conf_t*) {
    if (!base::SameOriginUri::parse(view(a[0])) ||
        view(a[0]).find_first_of(";,?#") != std::string_view::npos) {
        return "it must be a path that begins with \"/\"";
    }
    p.policy.cookie.path = view(a[0]);
    return {};
}

Complaint set_cookie_domain(P& p, Args a, ngx_conf_t*) {
    auto url = base::Url::parse("https://" + std::string(view(a[0])));
    if (!url || url->host != view(a[0])) {
        return "it must be a lower-case host name";
    }
    p.policy.cookie.domain = view(a[0]);
    return {};
}

Complaint set_cookie_samesite(P& p, Args a, ngx_conf_t*) {
    constexpr std::pair<std::string_view, base::SameSite> kWords[] = {
        {"Lax", base::SameSite::lax},       {"Strict", base::SameSite::strict},
        {"None", base::SameSite::none},     {"lax", base::SameSite::lax},
        {"strict", base::SameSite::strict}, {"none", base::SameSite::none}};
    return read_word(a[0], kWords, p.policy.cookie.same_site);
}

Complaint set_cookie_secure(P& p, Args a, ngx_conf_t*) {
    constexpr std::pair<std::string_view, oidc::CookieSecure> kWords[] = {
        {"auto", oidc::CookieSecure::automatic},
        {"on", oidc::CookieSecure::on},
        {"off", oidc::CookieSecure::off}};
    return read_word(a[0], kWords, p.policy.cookie.secure);
}

Complaint set_id_token_audience(P& p, Args a, ngx_conf_t*) {
    p.policy.any_id_token_audience = a.size() == 1 && view(a[0]) == "any";
    if (!p.policy.any_id_token_audience) {
        p.policy.id_token_audience = strings(a);
    }
    return {};
}

Complaint set_allowed_clients(P& p, Args a, ngx_conf_t*) {
    if (a.size() == 1 && view(a[0]) == "any") {
        p.policy.any_client = true;
        return {};
    }
    p.policy.allowed_clients = strings(a);
    return {};
}

Complaint set_signing_algs(P& p, Args a, ngx_conf_t*) {
    p.policy.algs = {};
    for (const ngx_str_t& arg : a) {
        auto alg = jose::parse_alg(view(arg));
        if (!alg) {
            return "unknown algorithm \"" + std::string(view(arg)) + "\"";
        }
        p.policy.algs.add(*alg);
    }
    return {};
}

Complaint set_leeway(P& p, Args a, ngx_conf_t*) {
    return read_seconds(a[0], p.policy.leeway, base::Seconds{0});
}

Complaint set_session_limit(P& p, Args a, ngx_conf_t*) {
    const ngx_int_t n = ngx_atoi(a[0].data, a[0].len);
    if (n < 1 || n > 1000) {
        return "it must be a number from 1 to 1000";
    }
    p.policy.session_limit = static_cast<std::uint32_t>(n);
    return {};
}

Complaint set_refresh_token_header(P& p, Args a, ngx_conf_t*) {
    constexpr std::string_view kTaken[] = {
        "authorization",  "cookie",     "host",
        "content-length", "connection", "transfer-encoding"};
    std::string lower;
    for (char c : view(a[0])) {
        if (!is_alnum(c) && c != '-') {
            return "it must be a header name of letters, digits and \"-\"";
        }
        lower += static_cast<char>(ngx_tolower(c));
    }
    if (lower.empty() || std::ranges::find(kTaken, lower) != std::end(kTaken)) {
        return "it must be a header name of its own";
    }
    p.policy.refresh_token_header = lower;
    return {};
}

using oidc::Provider;

constexpr unsigned kRates = oidc::kMaxCallRates;
constexpr Setting<P> kSettings[] = {
    {"issuer", 1, 1, set_issuer},
    {"cognito_user_pool", 1, 2, set_user_pool},
    {"profile", 1, 1, set_profile},
    {"config_url", 1, 1, set_config_url},
    {"issuer_alias", 1, kManyArgs, set_issuer_alias},
    {"authorization_endpoint", 1, 1,
     set_endpoint<&ProviderEndpoints::authorization>},
    {"token_endpoint", 1, 1, set_endpoint<&ProviderEndpoints::token>},
    {"userinfo_endpoint", 1, 1, set_endpoint<&ProviderEndpoints::userinfo>},
    {"introspection_endpoint", 1, 1,
     set_endpoint<&ProviderEndpoints::introspection>},
    {"revocation_endpoint", 1, 1, set_endpoint<&ProviderEndpoints::revocation>},
    {"end_session_endpoint", 1, 1,
     set_endpoint<&ProviderEndpoints::end_session>},
    {"jwks_uri", 1, 1, set_endpoint<&ProviderEndpoints::jwks>},
    {"client_id", 1, 1, set_text<&Provider::client_id>},
    {"client_secret", 1, 2, set_client_secret},
    {"client_secret_file", 1, 1, set_client_secret_file},
    {"client_auth_method", 1, 1, set_client_auth},
    {"redirect_uri", 1, kManyArgs, set_redirect_uri},
    {"base_url", 1, 1, set_base_url},
    {"scope", 1, kManyArgs, set_scope},
    {"extra_auth_args", 1, 1, set_extra_auth_args},
    {"pkce", 1, 1, set_policy_flag<&Provider::pkce>},
    {"login_timeout", 1, 1, set_policy_time<&Provider::login_timeout>},
    {"session_store", 1, 1, set_store},
    {"session_timeout", 1, 1, set_policy_time<&Provider::session_timeout>},
    {"session_idle_timeout", 1, 1, set_idle_timeout},
    {"session_limit", 1, 1, set_session_limit},
    {"session_secret", 1, kManyArgs, set_session_secret},
    {"session_secret_file", 1, 1, set_session_secret_file},
    {"cookie_name", 1, 2, set_cookie_name},
    {"cookie_path", 1, 1, set_cookie_path},
    {"cookie_domain", 1, 1, set_cookie_domain},
    {"cookie_samesite", 1, 1, set_cookie_samesite},
    {"cookie_secure", 1, 1, set_cookie_secure},
    {"refresh", 1, 1, set_policy_flag<&Provider::refresh>},
    {"refresh_before", 1, 1, set_policy_time<&Provider::refresh_before>},
    {"userinfo", 1, 1, set_policy_flag<&Provider::userinfo>},
    {"logout_uri", 1, 1, set_logout_uri},
    {"logout_methods", 1, 2, set_logout_methods},
    {"logout_query_arg", 1, 1, set_logout_query_arg},
    {"logout_revoke", 1, 1, set_logout_revoke},
    {"post_logout_uri", 1, 1, set_post_logout_uri},
    {"logout_token_hint", 1, 1, set_logout_token_hint},
    {"frontchannel_logout_uri", 1, 1, set_frontchannel_uri},
    {"backchannel_logout_uri", 1, 1, set_backchannel_uri},
    {"audience", 1, kManyArgs, set_list<&Provider::audience>},
    {"id_token_audience", 1, kManyArgs, set_id_token_audience},
    {"allowed_clients", 1, kManyArgs, set_allowed_clients},
    {"signing_algs", 1, kManyArgs, set_signing_algs},
    {"leeway", 1, 1, set_leeway},
    {"jwks_refresh", 2, 3, set_jwks_refresh},
    {"token_cache", 1, 1, set_policy_flag<&Provider::token_cache>},
    {"token_cache_ttl", 1, 1, set_policy_time<&Provider::token_cache_ttl>},
    {"password_over_http", 1, 1,
     set_policy_flag<&Provider::password_over_http>},
    {"refresh_token_header", 1, 1, set_refresh_token_header},
    {"ssl_verify", 1, 1, set_ssl_verify},
    {"ssl_trusted_certificate", 1, 1, set_trusted_certificate},
    {"ssl_crl", 1, 1, set_crl},
    {"proxy", 1, 1, set_proxy},
    {"connect_timeout", 1, 1, set_connect_timeout},
    {"timeout", 1, 1, set_timeout},
    {"keepalive", 1, 1, set_keepalive},
    {"call_limit", 1, 1, set_call_limit},
    {"call_rate", 1, kRates, set_call_rate},
    {"user_claim", 1, kManyArgs, set_list<&Provider::user_claims>},
};
static_assert(std::size(kSettings) <= 64, "the mask of settings seen");

}  // namespace

char* provider_block(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept {
    return guarded_call(static_cast<char*>(NGX_CONF_ERROR), [&]() -> char* {
        auto& main = *static_cast<MainConf*>(conf);
        const auto* words = static_cast<const ngx_str_t*>(cf->args->elts);
        auto* p = make<ProviderConf>(cf->pool);
        if (p == nullptr) {
            return static_cast<char*>(NGX_CONF_ERROR);
        }
        p->policy.name = view(words[1]);
        p->where = here(cf);
        if (main.find(p->policy.name) != nullptr) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate oidc_provider \"%V\"", &words[1]);
            return static_cast<char*>(NGX_CONF_ERROR);
        }
        BlockReader<P> reader{"oidc_provider", p->policy.name, p, kSettings};
        if (char* rc = read_block(cf, reader); rc != NGX_CONF_OK) {
            return rc;
        }
        if (Complaint wrong = complete_provider(*p); !wrong.empty()) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "oidc_provider \"%s\": %s",
                               p->policy.name.c_str(), wrong.c_str());
            return static_cast<char*>(NGX_CONF_ERROR);
        }
        p->index = static_cast<unsigned>(main.providers.size());
        main.providers.push_back(p);
        return NGX_CONF_OK;
    });
}

}  // namespace ngx
