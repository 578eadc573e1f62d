// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/password.hpp"

#include "oidc/credential/acceptance.hpp"
#include "oidc/credential/grant_cache.hpp"
#include "oidc/credential/user_tokens.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/client_auth.hpp"
#include "oidc/provider/cognito_sign_in.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/step.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/web/own_origin.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Instant;

class Password final : public Credential {
public:
    explicit Password(base::BasicCredentials basic)
        : basic_(std::move(basic)) {}

    CredentialName name() const override {
        return {Method::password, basic_.user, basic_.password.reveal(), ""};
    }
    base::Result<Call> question(const RequestContext& context,
                                const Metadata& metadata,
                                Instant now) const override {
        return traits(context.provider.profile).has_sign_in_api
                   ? provider::sign_in_request(context, basic_.user,
                                               basic_.password.reveal())
                   : grant_request(context, metadata, now);
    }
    base::Result<Grant> read(const RequestContext&, const ProviderReply&,
                             Instant now) const override;
    base::Result<std::unique_ptr<Identity>> identify(
        const RequestContext& context, const Grant& granted,
        Instant now) const override {
        return verify_user_tokens(context, Method::password, granted, now);
    }

private:
    base::Result<Call> grant_request(const RequestContext&, const Metadata&,
                                     Instant now) const;

    base::BasicCredentials basic_;
};

base::Result<Call> Password::grant_request(const RequestContext& context,
                                           const Metadata& metadata,
                                           Instant now) const {
    base::FormWriter form;
    form.add("grant_type", "password")
        .add("username", basic_.user)
        .add("password", basic_.password.reveal())
        .add("scope", context.provider.scope);
    return provider::client_request(CallKind::password,
                                    metadata.endpoints.token, context, metadata,
                                    std::move(form), now);
}

base::Result<Grant> Password::read(const RequestContext& context,
                                   const ProviderReply& reply,
                                   Instant now) const {
    if (traits(context.provider.profile).has_sign_in_api) {
        auto response = provider::parse_sign_in(reply, now);
        if (!response) {
            return response.error();
        }
        return grant_of(std::move(*response));
    }
    auto response = provider::parse_token_response(reply, now);
    if (!response) {
        return provider::grant_error(reply, response.error(),
                                     {"invalid_grant", "access_denied"});
    }
    Grant granted = grant_of(std::move(*response));
    if (granted.scope.empty()) {
        granted.scope = context.provider.scope;  // RFC 6749 5.1
    }
    return granted;
}

}  // namespace

bool may_take_password(const RequestContext& context) {
    return web::is_https(context.provider, context.facts.scheme) ||
           context.provider.password_over_http;
}

std::unique_ptr<Credential> password(base::BasicCredentials basic) {
    return std::make_unique<Password>(std::move(basic));
}

// Of our own client, for whoever showed the credential.
base::Status accept_password(const RequestContext& context, const Identity&) {
    return may_take_password(context) ? base::Status()
                                      : Errc::password_insecure;
}

}  // namespace oidc::credential
