// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/introspection.hpp"

#include <algorithm>

#include "base/http.hpp"
#include "oidc/credential/acceptance.hpp"
#include "oidc/credential/grant_cache.hpp"
#include "oidc/credential/opaque_token.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/client_auth.hpp"
#include "oidc/provider/reply.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/step.hpp"
#include "oidc/token/token_rules.hpp"
#include "oidc/web/refusal.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;
using base::Instant;
using jose::Claims;

class Introspection final : public Credential {
public:
    explicit Introspection(std::string_view token) : token_(token) {}

    CredentialName name() const override {
        return {Method::introspection, "", token_.reveal(), ""};
    }
    base::Result<Call> question(const RequestContext&, const Metadata&,
                                Instant) const override;
    base::Result<Grant> read(const RequestContext&, const ProviderReply&,
                             Instant now) const override;
    base::Result<std::unique_ptr<Identity>> identify(
        const RequestContext&, const Grant&, Instant now) const override;
    Lifetime life(const Provider& provider, const Grant& granted,
                  Instant now) const override {
        return check_lifetime(provider, granted.expires, now);
    }

private:
    base::Secret token_;
};

base::Result<Call> Introspection::question(const RequestContext& context,
                                           const Metadata& metadata,
                                           Instant now) const {
    base::FormWriter form;
    form.add("token", token_.reveal()).add("token_type_hint", "access_token");
    return provider::client_request(CallKind::introspection,
                                    metadata.endpoints.introspection, context,
                                    metadata, std::move(form), now);
}

base::Result<Claims> parse(const ProviderReply& reply) {
    if (const auto failed = provider::failure(reply)) {
        return *failed;
    }
    if (reply.status == 401 || reply.status == 403) {  // RFC 7662 2.3
        return Error(Errc::client_refused,
                     "the introspection endpoint refused this client");
    }
    if (reply.status != 200) {
        return Error(Errc::idp_error,
                     "the introspection endpoint answered with an error");
    }
    if (!base::media_type_is(reply.content_type, "application/json")) {
        return Error(Errc::idp_malformed,
                     "the introspection's answer is not application/json");
    }
    auto claims = Claims::parse(reply.body);
    if (!claims) {
        return Error(Errc::idp_malformed,
                     "the introspection's answer is no JSON object");
    }
    return claims;
}

// RFC 7662 2.2. Only JSON's true is active, and not beyond `exp`.
base::Status check(const Provider& provider, const Claims& claims,
                   Instant now) {
    if (!claims.get("active").is_true()) {
        return Errc::token_inactive;
    }
    const auto exp = claims.time("exp");
    if (claims.get("exp").present() && (!exp || *exp <= now)) {
        return Errc::token_expired;
    }
    const auto nbf = claims.time("nbf");
    if (claims.get("nbf").present() &&
        (!nbf || *nbf > base::saturating_add(now, provider.leeway))) {
        return Errc::token_not_yet_valid;
    }
    if (claims.get("iss").present()) {
        if (auto status = jose::check_issuer(claims, provider.issuers);
            !status) {
            return status;
        }
    }
    return claims.get("cnf").present() ? Errc::token_bound : base::Status();
}

base::Result<Grant> Introspection::read(const RequestContext& context,
                                        const ProviderReply& reply,
                                        Instant now) const {
    const auto claims = parse(reply);
    if (!claims) {
        return claims.error();
    }
    if (const auto status = check(context.provider, *claims, now); !status) {
        return status.error();
    }
    Grant granted;
    granted.claims = claims->text();
    granted.expires =
        claims->time("exp").value_or(base::saturating_add(now, kMaxCheckAge));
    return granted;
}

base::Result<std::unique_ptr<Identity>> Introspection::identify(
    const RequestContext& context, const Grant& granted, Instant now) const {
    auto claims = Claims::parse(granted.claims);
    if (!claims) {
        return claims.error();
    }
    if (now >= granted.expires) {
        return Errc::token_expired;
    }
    auto identity = oidc::identify(context.provider, Method::introspection,
                                   std::move(*claims));
    identity->expires = granted.expires;
    identity->access_token = token_;
    return identity;
}

// RFC 7662 2.1 lets refresh tokens be introspected; their kind is told by
// token_type (2.2), by token_use (Hydra) or by typ (Keycloak).
base::Status check_kind(const RequestContext& context,
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

}  // namespace

std::unique_ptr<Credential> introspection(std::string_view token) {
    return std::make_unique<Introspection>(token);
}

// RFC 7662 2.2: aud and client_id may both be absent. Somebody must be named,
// unless any client will do.
base::Status accept_introspection(const RequestContext& context,
                                  const Identity& identity) {
    const Claims& claims = identity.claims;

    if (auto status = check_kind(context, claims); !status) {
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

}  // namespace oidc::credential
