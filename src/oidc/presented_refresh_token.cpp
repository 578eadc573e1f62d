#include "oidc/presented_refresh_token.hpp"

#include <algorithm>

#include "oidc/person.hpp"

namespace oidc {
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
    base::Result<Call> question(const Context& context,
                                const Metadata& metadata) const override {
        return metadata.endpoints.token.empty()
                   ? base::Result<Call>(Errc::endpoint_missing)
                   : refresh_request(context.provider, metadata, token_);
    }
    base::Result<Granted> read(const Context&, const Reply& reply,
                               Instant now) const override {
        auto response = parse_token_response(reply, now);
        if (!response) {
            return grant_error(reply, response.error(),
                               {"invalid_grant", "access_denied"});
        }
        return granted_of(std::move(*response));
    }
    base::Result<std::unique_ptr<Identity>> identify(
        const Context& context, const Granted& granted,
        Instant now) const override {
        return identify_person(context, Method::refresh_token, granted, now);
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

}  // namespace oidc
