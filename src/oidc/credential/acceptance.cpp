// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/acceptance.hpp"

#include <algorithm>

#include "base/http.hpp"
#include "jose/jws.hpp"
#include "oidc/credential/password.hpp"
#include "oidc/token/token_rules.hpp"
#include "oidc/policy.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;

// Whoever shows an id and the right secret is that client: only a list that
// was given keeps it out. An audience counts where one was given, too.
base::Status check_machine(const RequestContext& context,
                           const Identity& identity) {
    const Provider& provider = context.provider;
    const jose::Claims& claims = identity.claims;

    if (provider.profile == Profile::cognito &&
        claims.string("token_use") != "access") {
        return Errc::token_use_mismatch;
    }
    if (!provider.allowed_clients.empty() && !provider.any_client &&
        std::ranges::find(provider.allowed_clients, identity.client_id) ==
            provider.allowed_clients.end()) {
        return Errc::client_id_mismatch;
    }
    const bool has_rule =
        !provider.audience.empty() || !context.location.audience.empty();
    return has_rule && claims.get("aud").present()
               ? token::check_audience(context, claims)
               : base::Status();
}

// RFC 7662 2.1 lets refresh tokens be introspected; their kind is told by
// token_type (2.2), by token_use (Hydra) or by typ (Keycloak).
base::Status check_introspected_kind(const RequestContext& context,
                                     const jose::Claims& claims) {
    const auto says = [&](const char* name,
                          std::initializer_list<std::string_view> words) {
        const auto value = claims.get(name);
        const auto text = value.string();
        return !value.present() ||
               (text && std::ranges::any_of(words, [&](std::string_view word) {
                    return base::equals_ignore_case(*text, word);
                }));
    };
    const bool is_access = says("token_type", {"Bearer", "access_token"}) &&
                           says("token_use", {"access", "access_token"}) &&
                           says("typ", {"Bearer"});
    const bool is_id = says("token_type", {"id_token"}) &&
                       says("token_use", {"id", "id_token"}) &&
                       says("typ", {"ID"});
    const TokenKind wanted = context.location.token;
    return (is_access && wanted != TokenKind::id) ||
                   (is_id && wanted != TokenKind::access)
               ? base::Status()
               : Errc::token_use_mismatch;
}

// RFC 7662 2.2: aud and client_id may both be absent. Somebody must be named,
// unless any client will do.
base::Status check_introspected(const RequestContext& context,
                                const jose::Claims& claims) {
    if (auto status = check_introspected_kind(context, claims); !status) {
        return status;
    }
    if (claims.get("aud").present()) {
        return token::check_audience(context, claims);
    }
    if (!claims.get("client_id").present() && context.provider.any_client) {
        return {};
    }
    return token::check_client(context.provider, claims, {"client_id"});
}

base::Status check_userinfo(const RequestContext& context,
                            const Identity& identity) {
    const std::string_view token = identity.access_token.reveal();
    if (jose::is_jwt(token)) {
        return token::accept_bearer(context, identity, token);
    }
    return context.provider.any_client
               ? base::Status()
               : Error(Errc::client_id_mismatch,
                       "userinfo does not tell whom the token was issued to: "
                       "see allowed_clients any");
}

}  // namespace

base::Status accept_exchanged(const RequestContext& context,
                              const Identity& identity) {
    switch (identity.method) {
        case Method::client_credentials:
            return check_machine(context, identity);
        // Of our own client, for whoever showed the credential.
        case Method::password:
            return may_take_password(context) ? base::Status()
                                              : Errc::password_insecure;
        case Method::refresh_token:
            return {};
        case Method::introspection:
            return check_introspected(context, identity.claims);
        case Method::userinfo:
            return check_userinfo(context, identity);
        case Method::session:
        case Method::authorization_code:
        case Method::bearer:
            break;
    }
    return Errc::internal_error;
}

}  // namespace oidc::credential
