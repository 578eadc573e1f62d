// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/user_tokens.hpp"

#include <algorithm>

#include "oidc/claim_path.hpp"
#include "oidc/policy.hpp"
#include "oidc/token/access_token.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;
using base::Instant;
using jose::Claims;

base::Status check_id_token(const Provider& provider, const Claims& claims) {
    if (traits(provider.profile).has_token_use &&
        claims.string("token_use") != "id") {
        return Error(Errc::token_use_mismatch,
                     "id_token \"token_use\" is not id");
    }
    if (!claims.holds("aud", provider.client_id)) {
        return Error(Errc::aud_mismatch,
                     "id_token \"aud\" does not contain client_id");
    }
    return claims.string("sub") ? base::Status() : Errc::sub_invalid;
}

base::Status check_access_token(const Provider& provider,
                                const Claims& claims) {
    const bool has_use = traits(provider.profile).has_token_use;
    if (has_use && claims.string("token_use") != "access") {
        return Error(Errc::token_use_mismatch,
                     "access_token \"token_use\" is not access");
    }
    for (const char* name : {"client_id", "azp"}) {
        if (claims.get(name).present()) {
            return claims.string(name) == provider.client_id
                       ? base::Status()
                       : Errc::client_id_mismatch;
        }
    }
    return has_use ? Errc::client_id_mismatch : base::Status();
}

using Check = base::Status (*)(const Provider&, const Claims&);

base::Result<std::optional<Claims>> verified(const RequestContext& context,
                                             const base::Secret& token,
                                             bool is_needed, Check check,
                                             Instant now) {
    if (!is_needed) {
        return std::optional<Claims>();
    }
    auto claims = token::verify_token(context, token.reveal(), now);
    if (!claims) {
        return claims.error();
    }
    if (const auto status = check(context.provider, *claims); !status) {
        return status.error();
    }
    return std::optional<Claims>(std::move(*claims));
}

Instant expiry(const Grant& granted, const std::optional<Claims>& token) {
    const auto exp = token ? token->time("exp") : std::nullopt;
    return std::min(granted.expires, exp.value_or(granted.expires));
}

}  // namespace

Grant grant_of(provider::TokenResponse response) {
    Grant granted;

    granted.access_token = std::move(response.access_token);
    granted.id_token = std::move(response.id_token);
    granted.scope = response.scope.value_or("");
    granted.expires = response.access_expires;
    return granted;
}

base::Result<std::unique_ptr<Identity>> verify_user_tokens(
    const RequestContext& context, Method method, const Grant& granted,
    Instant now) {
    const Provider& provider = context.provider;
    const bool has_id = !granted.id_token.empty();
    const bool needs_access = !has_id || traits(provider.profile).has_token_use;

    auto id = verified(context, granted.id_token, has_id, check_id_token, now);
    if (!id) {
        return id.error();
    }
    auto access = verified(context, granted.access_token, needs_access,
                           check_access_token, now);
    if (!access) {
        return access.error();
    }
    if (*id && *access && (*id)->string("sub") != (*access)->string("sub")) {
        return Error(Errc::sub_invalid,
                     "id_token and access_token have another sub");
    }
    const std::string scope = *access ? scope_of(**access) : granted.scope;
    const Instant expires =
        std::min(expiry(granted, *id), expiry(granted, *access));
    auto identity =
        identify(provider, method, std::move(*id ? **id : **access));
    identity->client_id = provider.client_id;
    identity->scope = scope;
    identity->expires = expires;
    identity->access_token = granted.access_token;
    identity->id_token = granted.id_token;
    return identity;
}

}  // namespace oidc::credential
