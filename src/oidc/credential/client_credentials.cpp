// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/client_credentials.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "oidc/credential/acceptance.hpp"
#include "oidc/credential/grant_cache.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/client_auth.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/step.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/token/token_rules.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

constexpr std::array<std::string_view, 7> kPersonalScopes = {
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
    "aws.cognito.signin.user.admin"};

bool is_personal(std::string_view word) {
    return std::ranges::find(kPersonalScopes, word) != kPersonalScopes.end();
}

class ScopeList {
public:
    void add(std::string_view word) {
        if (std::ranges::find(words_, word) == words_.end()) {
            words_.push_back(word);
        }
    }
    std::string text() const {
        std::string all;
        for (const std::string_view word : words_) {
            all.append(all.empty() ? "" : " ").append(word);
        }
        return all;
    }

private:
    std::vector<std::string_view> words_;
};

void add_required(ScopeList& list, const Provider& provider,
                  const Location& location) {
    for (const AnyOf& entries : location.scopes) {
        for (const std::string& word : entries.front()) {
            if (!traits(provider.profile).refuses_user_scopes_to_clients ||
                !is_personal(word)) {
                list.add(word);
            }
        }
    }
}

void add_configured(ScopeList& list, std::string_view scope) {
    while (!scope.empty()) {
        const std::string_view word = base::take_until(scope, ' ');
        if (!word.empty() && !is_personal(word)) {
            list.add(word);
        }
    }
}

// The token must be the caller's own, whatever the provider says.
bool names_another(const jose::Claims& claims, std::string_view client) {
    for (const char* name : {"client_id", "azp"}) {
        if (claims.get(name).present()) {
            return claims.string(name) != client;
        }
    }
    return false;
}

class ClientCredentials final : public Credential {
public:
    ClientCredentials(base::BasicCredentials basic, std::string scope)
        : basic_(std::move(basic)), scope_(std::move(scope)) {}

    CredentialName name() const override {
        return {Method::client_credentials, basic_.user,
                basic_.password.reveal(), scope_};
    }
    base::Result<Call> question(const RequestContext&, const Metadata&,
                                Instant) const override;
    base::Result<Grant> read(const RequestContext&, const ProviderReply&,
                             Instant now) const override;
    base::Result<std::unique_ptr<Identity>> identify(
        const RequestContext&, const Grant&, Instant now) const override;

private:
    base::BasicCredentials basic_;
    std::string scope_;
};

base::Result<Call> ClientCredentials::question(const RequestContext& context,
                                               const Metadata& metadata,
                                               Instant now) const {
    base::FormWriter form;
    form.add("grant_type", "client_credentials");
    if (!scope_.empty()) {
        form.add("scope", scope_);
    }
    return provider::client_request(CallKind::token_client_credentials,
                                    metadata.endpoints.token, context, metadata,
                                    {basic_.user, basic_.password.reveal()},
                                    std::move(form), now);
}

base::Result<Grant> ClientCredentials::read(const RequestContext&,
                                            const ProviderReply& reply,
                                            Instant now) const {
    auto response = provider::parse_token_response(reply, now);
    if (!response) {
        return provider::grant_error(reply, response.error(),
                                     {"invalid_client", "invalid_grant",
                                      "unauthorized_client", "access_denied"});
    }
    Grant granted;
    granted.access_token = std::move(response->access_token);
    granted.expires = response->access_expires;
    return granted;
}

base::Result<std::unique_ptr<Identity>> ClientCredentials::identify(
    const RequestContext& context, const Grant& granted, Instant now) const {
    auto claims =
        token::verify_token(context, granted.access_token.reveal(), now);
    if (!claims) {
        return claims.error();
    }
    if (names_another(*claims, basic_.user)) {
        return Error(Errc::client_id_mismatch,
                     "the token is for another client than the caller");
    }
    auto identity = oidc::identify(context.provider, Method::client_credentials,
                                   std::move(*claims));
    identity->client_id = basic_.user;
    identity->expires = std::min(identity->expires, granted.expires);
    identity->access_token = granted.access_token;
    return identity;
}

}  // namespace

std::string machine_scope(const Provider& provider, const Location& location) {
    ScopeList list;

    if (location.scopes.empty()) {
        add_configured(list, provider.scope);
    } else {
        add_required(list, provider, location);
    }
    return list.text();
}

std::unique_ptr<Credential> client_credentials(const RequestContext& context,
                                               base::BasicCredentials basic) {
    return std::make_unique<ClientCredentials>(
        std::move(basic), machine_scope(context.provider, context.location));
}

// Whoever shows an id and the right secret is that client: only a list that
// was given keeps it out. An audience counts where one was given, too.
base::Status accept_client_credentials(const RequestContext& context,
                                       const Identity& identity) {
    const Provider& provider = context.provider;
    const jose::Claims& claims = identity.claims;

    if (traits(provider.profile).has_token_use &&
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

}  // namespace oidc::credential
