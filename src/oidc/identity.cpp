// SPDX-License-Identifier: Apache-2.0
#include "oidc/identity.hpp"

#include "base/http.hpp"
#include "oidc/claim_path.hpp"

namespace oidc {
namespace {

// The first claim that exists decides. If its value cannot be in a header
// field, there is no user name; a later claim could name another user.
std::string user_of(const Provider& provider, const jose::Claims& claims) {
    for (const std::string& name : provider.user_claims) {
        if (const auto user = claims.string(name)) {
            return base::is_header_safe(*user) ? std::string(*user) : "";
        }
    }
    return "";
}

std::string client_of(const Provider& provider, const jose::Claims& claims) {
    for (const char* name : {"client_id", "azp"}) {
        if (const auto client = claims.string(name)) {
            return std::string(*client);
        }
    }
    const bool is_ours =
        !provider.client_id.empty() && claims.holds("aud", provider.client_id);
    return is_ours ? provider.client_id : "";
}

}  // namespace

void HeldToken::hold(std::string_view token, bool is_header_safe) {
    std::string text;

    if (!token.empty()) {
        text.reserve(kScheme.size() + token.size());
        text.append(kScheme).append(token);
    }
    is_header_safe_ = is_header_safe;
    header_ = base::Secret::take(text);
}

std::unique_ptr<Identity> identify(const Provider& provider, Method method,
                                   jose::Claims claims) {
    auto identity =
        std::make_unique<Identity>(method, provider.name, std::move(claims));

    identity->user = user_of(provider, identity->claims);
    identity->client_id = client_of(provider, identity->claims);
    identity->scope = scope_of(identity->claims);
    identity->expires = identity->claims.time("exp").value_or(base::Instant{});
    return identity;
}

IdentityRef share(std::unique_ptr<Identity> identity) {
    return IdentityRef(identity.release());
}

}  // namespace oidc
