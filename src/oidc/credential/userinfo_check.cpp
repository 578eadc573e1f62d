// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/userinfo_check.hpp"

#include "oidc/claim_path.hpp"
#include "oidc/credential/acceptance.hpp"
#include "oidc/credential/grant_cache.hpp"
#include "oidc/credential/opaque_token.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/reply.hpp"
#include "oidc/provider/userinfo.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/token/token_rules.hpp"
#include "oidc/web/refusal.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;
using base::Instant;
using jose::Claims;

class UserinfoCheck final : public Credential {
public:
    explicit UserinfoCheck(std::string_view token) : token_(token) {}

    CredentialName name() const override {
        return {Method::userinfo, "", token_.reveal(), ""};
    }
    base::Result<Call> question(const RequestContext&, const Metadata& metadata,
                                Instant) const override {
        return metadata.endpoints.userinfo.empty()
                   ? base::Result<Call>(Errc::endpoint_missing)
                   : provider::userinfo_request(metadata, token_);
    }
    base::Result<Grant> read(const RequestContext&, const ProviderReply&,
                             Instant now) const override;
    base::Result<std::unique_ptr<Identity>> identify(
        const RequestContext&, const Grant&, Instant now) const override;
    Lifetime life(const Provider& provider, const Grant& granted,
                  Instant now) const override {
        return check_lifetime(provider, granted.expires, now);
    }

    base::Error unproven(base::Error error) const override { return error; }

private:
    base::Result<Claims> own_claims(const RequestContext&, std::string_view sub,
                                    Instant now) const;

    base::Secret token_;
};

// RFC 6750 3.1: these speak of the token.
bool is_refusal(unsigned status) {
    return status == 400 || status == 401 || status == 403;
}

base::Result<Grant> UserinfoCheck::read(const RequestContext&,
                                        const ProviderReply& reply,
                                        Instant now) const {
    if (!provider::failure(reply) && is_refusal(reply.status)) {
        return Error(Errc::token_inactive,
                     "the userinfo endpoint refused the token");
    }
    const auto claims = provider::parse_userinfo(reply);
    if (!claims) {
        return claims.error();
    }
    if (!claims->string("sub")) {  // OIDC Core 5.3.2
        return Error(Errc::idp_malformed, "userinfo has no sub");
    }
    Grant granted;
    granted.claims = claims->text();
    granted.expires = base::saturating_add(now, kMaxCheckAge);
    return granted;
}

// What the token itself proves; of an opaque one only whom it is about.
base::Result<Claims> UserinfoCheck::own_claims(const RequestContext& context,
                                               std::string_view sub,
                                               Instant now) const {
    if (jose::is_jwt(token_.reveal())) {
        auto claims = token::verify_token(context, token_.reveal(), now);
        return !claims || claims->string("sub") == sub
                   ? std::move(claims)
                   : Error(Errc::sub_invalid, "userinfo is about another sub");
    }
    return Claims::parse("{\"sub\":" + base::json::quote(sub) + "}");
}

base::Result<std::unique_ptr<Identity>> UserinfoCheck::identify(
    const RequestContext& context, const Grant& granted, Instant now) const {
    const auto userinfo = Claims::parse(granted.claims);
    if (!userinfo) {
        return userinfo.error();
    }
    const auto own =
        own_claims(context, userinfo->string("sub").value_or(""), now);
    if (!own) {
        return own.error();
    }
    auto claims = Claims::parse(
        provider::merge_claims(*own, *userinfo, context.provider.profile));
    if (!claims) {
        return claims.error();
    }
    auto identity =
        oidc::identify(context.provider, Method::userinfo, std::move(*claims));
    // Whom a token was issued to, what for and until when is not UserInfo's
    // to say.
    identity->client_id = own->string("client_id").value_or("");
    identity->scope = scope_of(*own);
    identity->expires = own->time("exp").value_or(granted.expires);
    identity->access_token = token_;
    identity->userinfo = granted.claims;
    return identity;
}

}  // namespace

std::unique_ptr<Credential> userinfo_check(std::string_view token) {
    return std::make_unique<UserinfoCheck>(token);
}

base::Status accept_userinfo(const RequestContext& context,
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

}  // namespace oidc::credential
