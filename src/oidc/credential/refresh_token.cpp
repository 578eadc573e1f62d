// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/refresh_token.hpp"

#include <algorithm>

#include "oidc/credential/acceptance.hpp"
#include "oidc/credential/grant_cache.hpp"
#include "oidc/credential/user_tokens.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/token_endpoint.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

class PresentedRefreshToken final : public Credential {
public:
    explicit PresentedRefreshToken(std::string_view token) : token_(token) {}

    CredentialName name() const override {
        return {Method::refresh_token, "", token_.reveal(), ""};
    }
    base::Result<Call> question(const RequestContext& context,
                                const Metadata& metadata,
                                Instant now) const override {
        return provider::refresh_request(context, metadata, token_, now);
    }
    base::Result<Grant> read(const RequestContext&, const ProviderReply& reply,
                             Instant now) const override {
        auto response = provider::parse_token_response(reply, now);
        if (!response) {
            return provider::grant_error(reply, response.error(),
                                         {"invalid_grant", "access_denied"});
        }
        return grant_of(std::move(*response));
    }
    base::Result<std::unique_ptr<Identity>> identify(
        const RequestContext& context, const Grant& granted,
        Instant now) const override {
        return verify_user_tokens(context, Method::refresh_token, granted, now);
    }

private:
    base::Secret token_;
};

}  // namespace

base::Result<std::unique_ptr<Credential>> presented_refresh_token(
    std::string_view token) {
    const auto fits = [](char c) { return c > ' ' && c <= '~'; };

    if (token.empty() || !std::ranges::all_of(token, fits)) {
        return Error(Errc::authorization_malformed,
                     "malformed refresh token header");
    }
    return std::unique_ptr<Credential>(
        std::make_unique<PresentedRefreshToken>(token));
}

base::Status accept_refresh_token(const RequestContext&, const Identity&) {
    return {};
}

}  // namespace oidc::credential
