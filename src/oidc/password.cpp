#include "oidc/password.hpp"

#include "oidc/cognito_sign_in.hpp"
#include "oidc/cookies.hpp"
#include "oidc/person.hpp"

namespace oidc {
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
    base::Result<Call> question(const Context& context,
                                const Metadata& metadata) const override {
        return context.provider.profile == Profile::cognito
                   ? sign_in_request(context.provider, basic_.user,
                                     basic_.password.reveal())
                   : grant_request(context.provider, metadata);
    }
    base::Result<Granted> read(const Context&, const Reply&,
                               Instant now) const override;
    base::Result<std::unique_ptr<Identity>> identify(
        const Context& context, const Granted& granted,
        Instant now) const override {
        return identify_person(context, Method::password, granted, now);
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
    return client_request(CallKind::password, metadata.endpoints.token,
                          provider, metadata, std::move(form));
}

base::Result<Granted> Password::read(const Context& context, const Reply& reply,
                                     Instant now) const {
    if (context.provider.profile == Profile::cognito) {
        auto response = parse_sign_in(reply, now);
        if (!response) {
            return response.error();
        }
        return granted_of(std::move(*response));
    }
    auto response = parse_token_response(reply, now);
    if (!response) {
        return grant_error(reply, response.error(),
                           {"invalid_grant", "access_denied"});
    }
    Granted granted = granted_of(std::move(*response));
    if (granted.scope.empty()) {
        granted.scope = context.provider.scope;  // RFC 6749 5.1
    }
    return granted;
}

}  // namespace

bool may_take_password(const Context& context) {
    return is_https(context.provider, context.facts.scheme) ||
           context.provider.password_over_http;
}

std::unique_ptr<Credential> password(base::BasicCredentials basic) {
    return std::make_unique<Password>(std::move(basic));
}

}  // namespace oidc
