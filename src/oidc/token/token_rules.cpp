// SPDX-License-Identifier: Apache-2.0
#include "oidc/token/token_rules.hpp"

#include <algorithm>

#include "oidc/policy.hpp"
#include "oidc/token/id_token.hpp"
#include "oidc/token/token_kind.hpp"

namespace oidc::token {
namespace {

using base::Errc;
using base::Error;
using base::json::Value;
using Names = std::vector<std::string>;

// The configured names, or our own if there are none; with neither, nothing is
// accepted.
class Accepted {
public:
    Accepted(const Names& names, const Provider& provider)
        : names_(names), own_(provider.client_id) {}

    template <class Wanted>
    bool has_one(Wanted is_wanted) const {
        return names_.empty() ? !own_.empty() && is_wanted(own_)
                              : std::ranges::any_of(names_, is_wanted);
    }
    bool has(std::string_view name) const {
        return has_one([&](std::string_view one) { return one == name; });
    }

private:
    const Names& names_;
    std::string_view own_;
};

Accepted audience(const RequestContext& context) {
    return {context.location.audience.empty() ? context.provider.audience
                                              : context.location.audience,
            context.provider};
}

// A location's own rule is about permission, the provider's about the token.
Error wrong_audience(const RequestContext& context) {
    return context.location.audience.empty() ? Errc::aud_mismatch
                                             : Errc::audience_not_met;
}

bool is_allowed_client(const Provider& provider, std::string_view client) {
    return provider.any_client ||
           Accepted(provider.allowed_clients, provider).has(client);
}

bool holds_one(const jose::Claims& claims, const Accepted& accepted) {
    return accepted.has_one(
        [&](std::string_view name) { return claims.holds("aud", name); });
}

}  // namespace

base::Status check_client(const Provider& provider, const jose::Claims& claims,
                          std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (claims.get(name).present()) {
            const auto client = claims.string(name);
            return client && is_allowed_client(provider, *client)
                       ? base::Status()
                       : Errc::client_id_mismatch;
        }
    }
    return Error(Errc::client_id_mismatch, "the token names no client");
}

base::Status check_audience(const RequestContext& context,
                            const jose::Claims& claims) {
    return holds_one(claims, audience(context))
               ? base::Status()
               : base::Status(wrong_audience(context));
}

namespace {

// Every audience an ID token names is us or trusted (OIDC Core 3.1.3.7 (3)).
bool holds_nothing_else(Value aud, const Accepted& accepted,
                        const Provider& provider) {
    const auto is_trusted = [&](Value one) {
        const auto name = one.string();
        return name && (*name == provider.client_id || accepted.has(*name));
    };

    if (!aud.is_array()) {
        return is_trusted(aud);
    }
    for (const Value one : aud.elements()) {
        if (!is_trusted(one)) {
            return false;
        }
    }
    return true;
}

// The token was issued to our client, or for the configured audience.
base::Status check_id_token(const RequestContext& context,
                            const jose::Claims& claims) {
    const Provider& provider = context.provider;
    const Accepted accepted = audience(context);
    const bool is_ours = context.location.audience.empty() &&
                         !provider.client_id.empty() &&
                         claims.holds("aud", provider.client_id);

    if (!is_ours && !holds_one(claims, accepted)) {
        return wrong_audience(context);
    }
    if (!holds_nothing_else(claims.get("aud"), accepted, provider)) {
        return Error(Errc::aud_mismatch, "the token has an untrusted aud");
    }
    if (claims.get("azp").present()) {
        const auto azp = claims.string("azp");
        if (!azp || !is_allowed_client(provider, *azp)) {
            return Errc::azp_mismatch;
        }
    }
    return claims.string("sub") ? base::Status() : Errc::sub_invalid;
}

// Cognito's access tokens have a client instead of an aud, and an aud only
// when bound to a resource; then both count.
base::Status check_cognito(const RequestContext& context,
                           const jose::Claims& claims) {
    const auto use = claims.string("token_use");
    const TokenKind wanted = context.location.token;
    const bool is_id = use == "id";

    if ((!is_id && use != "access") || (is_id && wanted == TokenKind::access) ||
        (!is_id && wanted == TokenKind::id)) {
        return Errc::token_use_mismatch;
    }
    if (is_id) {
        return check_id_token(context, claims);
    }
    if (auto status = check_client(context.provider, claims, {"client_id"});
        !status) {
        return status;
    }
    return claims.get("aud").present() ? check_audience(context, claims)
                                       : base::Status();
}

// Without an audience of its own, aud is client_id, which other tokens of the
// client have as well: then the client must be an allowed one, too.
base::Status check_generic_access_token(const RequestContext& context,
                                        const jose::Claims& claims,
                                        std::string_view token) {
    if (!takes_bearer(context.provider, context.location)) {
        return Error(Errc::aud_mismatch,
                     "neither audience nor allowed_clients is configured");
    }
    if (auto status = check_is_access_token(claims, token); !status) {
        return status;
    }
    const bool has_aud = claims.get("aud").present();
    if (has_aud) {
        if (auto status = check_audience(context, claims); !status) {
            return status;
        }
    }
    return has_aud && has_audience(context.provider, context.location)
               ? base::Status()
               : check_client(context.provider, claims,
                              {"client_id", "azp", "appid", "cid"});
}

// With auth_oidc_token any, a token that has what only ID tokens have is one.
base::Status check_generic(const RequestContext& context,
                           const jose::Claims& claims, std::string_view token) {
    const TokenKind wanted = context.location.token;
    const auto as_access = check_not_foreign_to_access_token(claims);

    if (wanted == TokenKind::access ||
        (wanted == TokenKind::any && as_access)) {
        return as_access ? check_generic_access_token(context, claims, token)
                         : as_access;
    }
    if (auto status = check_not_foreign_to_id_token(claims); !status) {
        return status;
    }
    if (auto status = check_is_id_token(claims, token); !status) {
        return status;
    }
    return check_id_token(context, claims);
}

}  // namespace

bool has_audience(const Provider& provider, const Location& location) noexcept {
    return !provider.audience.empty() || !location.audience.empty();
}

bool takes_bearer(const Provider& provider, const Location& location) noexcept {
    return traits(provider.profile).has_token_use ||
           location.token == TokenKind::id ||
           has_audience(provider, location) ||
           !provider.allowed_clients.empty() || provider.any_client;
}

base::Status accept_bearer(const RequestContext& context,
                           const Identity& identity, std::string_view token) {
    return traits(context.provider.profile).has_token_use
               ? check_cognito(context, identity.claims)
               : check_generic(context, identity.claims, token);
}

}  // namespace oidc::token
