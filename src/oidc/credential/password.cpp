// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/password.hpp"

#include "oidc/provider/cognito_sign_in.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/credential/user_tokens.hpp"
#include "oidc/credential/grant_cache.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/client_auth.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/step.hpp"
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
                                const Metadata& metadata) const override {
        return context.provider.profile == Profile::cognito
                   ? provider::sign_in_request(context.provider, basic_.user,
                                               basic_.password.reveal())
                   : grant_request(context.provider, metadata);
    }
    base::Result<Grant> read(const RequestContext&, const ProviderReply&,
                             Instant now) const override;
    base::Result<std::unique_ptr<Identity>> identify(
        const RequestContext& context, const Grant& granted,
        Instant now) const override {
        return verify_user_tokens(context, Method::password, granted, now);
    }

private:
    base::Result<Call> grant_request(const Provider&, const Metadata&) const;

    base::BasicCredentials basic_;
};

base::Result<Call> Password::grant_request(const Provider& provider,
                                           const Metadata& metadata) const {
    if (metadata.endpoints.token.empty()) {
        return Errc::endpoint_missing;
    }
    base::FormWriter form;
    form.add("grant_type", "password")
        .add("username", basic_.user)
        .add("password", basic_.password.reveal())
        .add("scope", provider.scope);
    return provider::client_request(CallKind::password,
                                    metadata.endpoints.token, provider,
                                    metadata, std::move(form));
}

base::Result<Grant> Password::read(const RequestContext& context,
                                   const ProviderReply& reply,
                                   Instant now) const {
    if (context.provider.profile == Profile::cognito) {
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

}  // namespace oidc::credential
