// SPDX-License-Identifier: Apache-2.0
// What the administrator has decided: providers and locations, constant once
// the configuration is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cookie.hpp"
#include "base/form.hpp"
#include "base/instant.hpp"
#include "base/secret.hpp"
#include "jose/alg.hpp"
#include "oidc/claim_path.hpp"
#include "oidc/profile.hpp"

namespace oidc {

namespace session {
class Store;
}

enum class ClientAuth { automatic, basic, post, none };
enum class CookieSecure { automatic, on, off };

// Empty: from the metadata.
struct ProviderEndpoints {
    std::string authorization;
    std::string token;
    std::string userinfo;
    std::string introspection;
    std::string revocation;
    std::string end_session;
    std::string jwks;
};

// A path of our own, or an absolute URL whose path is answered.
struct OwnAddress {
    std::string path;    // begins with "/"
    std::string origin;  // "" when relative to the request's origin
};

struct CookiePolicy {
    std::string name = "NGX_OIDC_SESSION";  // without prefix
    bool bare_name = false;                 // never put __Host- in front
    std::string path = "/";
    std::string domain;
    base::SameSite same_site = base::SameSite::lax;
    CookieSecure secure = CookieSecure::automatic;
};

struct LogoutPolicy {
    std::optional<OwnAddress> uri;
    std::vector<std::string> methods = {"GET", "POST"};
    std::string query_arg;
    bool revoke = true;
    std::optional<OwnAddress> post_logout_uri;
    bool token_hint = false;
    // The path of front-channel logouts; "": none.
    std::string frontchannel_path;
    std::string backchannel_path;
};

// A credential's way in. Words as in auth_oidc_methods.
enum class Method : std::uint8_t {
#define AUTH_METHOD(word, call, comes_as, endpoint, client) word,
#include "base/methods.def"
};
// The words, in the order of the enum.
inline constexpr std::string_view kMethodWords[] = {
#define AUTH_METHOD(word, call, comes_as, endpoint, client) #word,
#include "base/methods.def"
};
std::string_view word(Method) noexcept;
inline constexpr Method kMethods[] = {
#define AUTH_METHOD(word, call, comes_as, endpoint, client) Method::word,
#include "base/methods.def"
};

// Where the credential of a method stands.
enum class ComesAs { cookie, callback, bearer, basic, header };
ComesAs comes_as(Method) noexcept;
// Whether the provider is asked as our own client.
bool needs_client_id(Method) noexcept;

class MethodSet {
public:
    constexpr MethodSet& add(Method m) noexcept {
        bits_ = static_cast<std::uint16_t>(bits_ | bit(m));
        return *this;
    }
    constexpr MethodSet& add(MethodSet other) noexcept {
        bits_ = static_cast<std::uint16_t>(bits_ | other.bits_);
        return *this;
    }
    constexpr MethodSet& remove(Method m) noexcept {
        bits_ = static_cast<std::uint16_t>(bits_ & ~bit(m));
        return *this;
    }
    constexpr bool has(Method m) const noexcept {
        return (bits_ & bit(m)) != 0;
    }
    constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr std::uint16_t bits() const noexcept { return bits_; }

private:
    static constexpr std::uint16_t bit(Method m) noexcept {
        return static_cast<std::uint16_t>(1u << static_cast<unsigned>(m));
    }
    std::uint16_t bits_ = 0;
};

// Each member is listed in provider_fields.def.
struct Provider {
    std::string name;
    Profile profile = Profile::generic;
    std::string issuer;                // without the well-known path
    std::vector<std::string> issuers;  // every `iss` that is accepted
    std::string config_url;
    ProviderEndpoints endpoints;
    bool plain_http_allowed = false;  // ssl_verify off

    std::string client_id;
    base::Secret client_secret;  // empty: a public client
    // While one secret is being replaced by another: used if the provider
    // refuses the first. Empty: there is none.
    base::Secret second_client_secret;
    ClientAuth client_auth = ClientAuth::automatic;
    std::vector<OwnAddress> redirect_uris;  // the first one is sent
    std::string base_url;                   // "" : from the request
    std::string scope = "openid";
    bool pkce = true;
    base::Seconds login_timeout{15 * 60};
    bool userinfo = false;

    const session::Store* store = nullptr;  // never null in use
    base::Seconds session_timeout{8 * 3600};
    base::Seconds session_idle_timeout{3600};
    std::uint32_t session_limit = 20;  // of one subject, in memory
    CookiePolicy cookie;
    LogoutPolicy logout;
    bool refresh = true;
    base::Seconds refresh_before{60};

    std::vector<std::string> audience;
    // What an ID token may name beside client_id.
    std::vector<std::string> id_token_audience;
    bool any_id_token_audience = false;
    std::vector<std::string> allowed_clients;
    bool any_client = false;  // allowed_clients any
    jose::AlgSet algs = jose::AlgSet::asymmetric();
    base::Seconds leeway{30};
    std::vector<std::string> user_claims;
    std::string groups_claim;
    bool token_cache = true;
    base::Seconds token_cache_ttl{0};  // 0: 75 % of the token's life
    std::string service_url;           // origin of Cognito's JSON API; "": none
    // Basic credentials of people over plain http (password).
    bool password_over_http = false;
    std::string refresh_token_header;  // "": none is read
    MethodSet methods;                 // that some location accepts

    // Differ whenever something differs that a verdict about a token, or a
    // grant of the provider's, depends on: part of every such key.
    std::uint64_t policy_id = 0;
    std::uint64_t grant_id = 0;
};

// The configured endpoint that a method needs; "" if it is to be discovered.
// Null if the method needs none of this provider.
const std::string* needed_endpoint(const Provider&, Method) noexcept;

// Whether a key set is needed at all: not where HS* alone is allowed.
bool needs_keys(const Provider&) noexcept;

enum class Unauthenticated { automatic, login, deny, pass };
enum class TokenKind { access, id, any };
enum class UpstreamToken { access, id, off };
enum class LoginAction { redirect, upstream, response };
enum class LoginRedirectMode { query, fragment };

// Those that a page gets to see when its user has logged in.
struct LoginTokens {
    bool id = false;
    bool access = false;
    bool refresh = false;
    bool any() const noexcept { return id || access || refresh; }
};

// One entry of a require directive: all of its words.
using AllOf = std::vector<std::string>;
// One directive: any of its entries.
using AnyOf = std::vector<AllOf>;

struct ClaimRule {
    ClaimPath path;
    AnyOf values;
};

struct Location {
    unsigned index = ~0u;  // among all, counted from 0
    MethodSet methods;
    Unauthenticated unauthenticated = Unauthenticated::automatic;
    std::vector<AnyOf> scopes;
    std::vector<AnyOf> groups;
    std::vector<ClaimRule> claims;
    std::vector<std::string> audience;  // empty: the provider's
    TokenKind token = TokenKind::access;
    UpstreamToken upstream_token = UpstreamToken::access;
    // The next three count at the callback, hence of its location.
    LoginAction login_action = LoginAction::redirect;
    LoginTokens login_tokens;
    LoginRedirectMode login_redirect_mode = LoginRedirectMode::query;
    std::string login_redirect_uri;  // "" : the URL first asked for
    bool passes_preflight = false;   // auth_oidc_preflight
    // Authorization is the application's: auth_oidc_authorization.
    bool passes_authorization = false;
    std::uint64_t exchange_id = 0;  // see exchange.hpp
};

// Whether a location asks the provider about bearer tokens.
bool may_ask(const Location&) noexcept;

}  // namespace oidc
