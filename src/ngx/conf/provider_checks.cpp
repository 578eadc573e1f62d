// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/provider_checks.hpp"

#include <cstdlib>

#include "base/cookie.hpp"
#include "base/http.hpp"
#include "base/url.hpp"
#include "ngx/conf/outbound_settings.hpp"
#include "oidc/policy_id.hpp"
#include "oidc/provider/discovery.hpp"

namespace ngx {

namespace {

using oidc::Profile;

bool is_cognito_host(std::string_view host) {
    return (host.starts_with("cognito-idp") ||
            host.starts_with("issuer-cognito-idp")) &&
           host.ends_with(".amazonaws.com");
}

// Of a user pool's pages, which many take for its issuer.
bool is_cognito_domain(std::string_view host) {
    return host.ends_with(".amazoncognito.com");
}

// The origin of Cognito's JSON API: that of the issuer, or the one in the
// pool's `endpoint=`. The updated issuer has a host of its own.
std::string service_origin(base::Url issuer, const std::string& given) {
    constexpr std::string_view kUpdated = "issuer-";
    if (!given.empty()) {
        return given;
    }
    if (is_cognito_host(issuer.host) && issuer.host.starts_with(kUpdated)) {
        issuer.host.erase(0, kUpdated.size());
    }
    return issuer.origin();
}

Complaint complete_issuer(ProviderConf& p) {
    oidc::Provider& policy = p.policy;
    if (policy.issuer.empty()) {
        return "\"issuer\" or \"cognito_user_pool\" is missing";
    }
    auto url = base::Url::parse(policy.issuer);
    if (!url || !url->query.empty()) {
        return "\"issuer\" must have no query";
    }
    if (is_cognito_domain(url->host)) {
        return "\"" + policy.issuer +
               "\" is the domain of a user pool and not its issuer, which is "
               "https://cognito-idp.REGION.amazonaws.com/USER_POOL_ID: see "
               "cognito_user_pool";
    }
    if (!p.profile_given &&
        (is_cognito_host(url->host) || !p.cognito_service.empty())) {
        policy.profile = Profile::cognito;
    }
    if (policy.config_url.empty()) {
        policy.config_url = policy.issuer;
        if (policy.config_url.ends_with('/')) {
            policy.config_url.pop_back();
        }
        policy.config_url += "/.well-known/openid-configuration";
    }
    if (oidc::traits(policy.profile).has_sign_in_api) {
        policy.service_url = service_origin(*url, p.cognito_service);
    }
    policy.issuers.insert(policy.issuers.begin(), policy.issuer);
    return {};
}

Complaint check_urls(const ProviderConf& p) {
    const oidc::ProviderEndpoints& e = p.policy.endpoints;
    for (const std::string* url :
         {&p.policy.issuer, &p.policy.config_url, &e.authorization, &e.token,
          &e.userinfo, &e.introspection, &e.revocation, &e.end_session,
          &e.jwks}) {
        if (!url->empty() &&
            !oidc::provider::is_allowed_endpoint(*url, p.policy)) {
            return "\"" + *url +
                   "\" must be https, unless it is a loopback address or "
                   "ssl_verify is off";
        }
    }
    return {};
}

Complaint check_cookies(const ProviderConf& p) {
    const oidc::CookiePolicy& c = p.policy.cookie;
    bool host_prefix = c.name.starts_with("__Host-");
    if (host_prefix && (!c.domain.empty() || c.path != "/" ||
                        c.secure == oidc::CookieSecure::off)) {
        return "a \"__Host-\" cookie needs cookie_secure, cookie_path \"/\" "
               "and no cookie_domain";
    }
    if (c.name.starts_with("__Secure-") &&
        c.secure == oidc::CookieSecure::off) {
        return "a \"__Secure-\" cookie needs cookie_secure";
    }
    if (c.same_site == base::SameSite::none &&
        c.secure == oidc::CookieSecure::off) {
        return "cookie_samesite None needs cookie_secure";
    }
    return {};
}

// Browsers drop a cookie of a domain that the host does not lie in.
Complaint check_cookie_domain(const ProviderConf& p) {
    const std::string& domain = p.policy.cookie.domain;
    const auto url = base::Url::parse(p.policy.base_url);
    if (domain.empty() || !url || url->is_loopback() || url->host == domain ||
        url->host.ends_with("." + domain)) {
        return {};
    }
    return "cookie_domain \"" + domain + "\" does not include the host \"" +
           url->host + "\" of base_url";
}

Complaint check_algorithms(const ProviderConf& p) {
    constexpr std::pair<jose::Alg, std::size_t> kLeast[] = {
        {jose::Alg::HS256, 32}, {jose::Alg::HS384, 48}, {jose::Alg::HS512, 64}};
    for (const auto& [alg, bytes] : kLeast) {
        const auto& second = p.policy.second_client_secret;
        if (p.policy.algs.has(alg) &&
            (p.policy.client_secret.size() < bytes ||
             (!second.empty() && second.size() < bytes))) {
            return std::string(jose::name(alg)) +
                   " in signing_algs needs a client_secret of at least " +
                   std::to_string(bytes) + " bytes (RFC 7518 3.2)";
        }
    }
    return {};
}

Complaint check_client(const ProviderConf& p) {
    using oidc::ClientAuth;
    ClientAuth method = p.policy.client_auth;
    if (p.policy.client_secret.empty() &&
        (method == ClientAuth::basic || method == ClientAuth::post)) {
        return "client_auth_method basic and post need a client_secret";
    }
    if (!p.policy.client_secret.empty() && p.policy.client_id.empty()) {
        return "\"client_secret\" needs a \"client_id\"";
    }
    if (!p.policy.client_secret.empty() && method == ClientAuth::none) {
        return "client_auth_method none and a client_secret exclude each "
               "other";
    }
    return {};
}

// Each address has one meaning.
Complaint check_own_addresses(const ProviderConf& p) {
    const auto paths = own_paths(p.policy);
    for (const OwnPath& a : paths) {
        for (const OwnPath& b : paths) {
            if (a.setting != b.setting && a.path == b.path) {
                return std::string(a.setting) + " and " +
                       std::string(b.setting) + " are the same path";
            }
        }
    }
    return {};
}

// Browsers must send our cookies to our own addresses.
Complaint check_cookie_path(const ProviderConf& p) {
    for (const OwnPath& own : own_paths(p.policy)) {
        if (own.by_browser &&
            !base::cookie_path_covers(p.policy.cookie.path, own.path)) {
            return std::string(own.setting) + " must lie below cookie_path";
        }
    }
    return {};
}

Complaint check_logout(const ProviderConf& p) {
    const oidc::LogoutPolicy& logout = p.policy.logout;
    bool can_log_out = logout.uri || !logout.query_arg.empty();
    return !can_log_out && (p.logout_detail_given || logout.post_logout_uri)
               ? "logout settings need a logout_uri or a logout_query_arg"
               : "";
}

Complaint check_times(const ProviderConf& p) {
    return p.connect_timeout_given &&
                   p.outbound.connect_timeout > p.outbound.timeout
               ? "connect_timeout is longer than timeout"
               : "";
}

void default_claims(oidc::Provider& policy) {
    const oidc::ProfileTraits& profile = oidc::traits(policy.profile);
    if (policy.user_claims.empty()) {
        policy.user_claims.assign(profile.user_claims.begin(),
                                  profile.user_claims.end());
    }
    policy.groups_claim = profile.groups_claim;
}

std::string environment(const char* lower, const char* upper) {
    const char* value = std::getenv(lower);
    if (value == nullptr) {
        value = std::getenv(upper);
    }
    return value ? value : "";
}

// Workers have no environment of their own: it is read here.
void proxy_from_environment(ProviderConf& p) {
    if (p.proxy_given) {
        return;
    }
    p.outbound.proxy = environment("https_proxy", "HTTPS_PROXY");
    p.outbound.no_proxy = environment("no_proxy", "NO_PROXY");
}

}  // namespace

std::vector<OwnPath> own_paths(const oidc::Provider& p) {
    std::vector<OwnPath> all;
    if (p.logout.uri) {
        all.push_back({"logout_uri", p.logout.uri->path, true});
    }
    if (!p.logout.frontchannel_path.empty()) {
        all.push_back(
            {"frontchannel_logout_uri", p.logout.frontchannel_path, true});
    }
    if (!p.logout.backchannel_path.empty()) {
        all.push_back(
            {"backchannel_logout_uri", p.logout.backchannel_path, false});
    }
    for (const oidc::OwnAddress& r : p.redirect_uris) {
        all.push_back({kRedirectUri, r.path, true});
    }
    return all;
}

Complaint complete_provider(ProviderConf& p) {
    p.policy.plain_http_allowed = !p.outbound.verify;
    if (p.policy.redirect_uris.empty()) {
        p.policy.redirect_uris.push_back({"/oidc_callback", ""});
    }
    if (Complaint wrong = complete_issuer(p); !wrong.empty()) {
        return wrong;
    }
    for (auto check : {check_urls, check_cookies, check_cookie_domain,
                       check_algorithms, check_client, check_own_addresses,
                       check_cookie_path, check_logout, check_times}) {
        if (Complaint wrong = check(p); !wrong.empty()) {
            return wrong;
        }
    }
    default_claims(p.policy);
    if (!p.call_rates) {
        const auto rates = oidc::traits(p.policy.profile).call_rates;
        p.call_rates.emplace(rates.begin(), rates.end());
    }
    proxy_from_environment(p);
    p.policy.policy_id = oidc::verdict_policy(p.policy);
    p.policy.grant_id = oidc::grant_policy(p.policy, trust_in(p.outbound));
    return {};
}

}  // namespace ngx
