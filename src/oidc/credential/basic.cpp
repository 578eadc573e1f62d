// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/basic.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/http.hpp"
#include "oidc/credential/client_credentials.hpp"
#include "oidc/credential/password.hpp"
#include "oidc/policy.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kCognitoClientIdLength = 26;

bool is_cognito_client_id(std::string_view name) {
    return name.size() == kCognitoClientIdLength &&
           std::ranges::all_of(name, [](char c) {
               return base::is_digit(c) || (c >= 'a' && c <= 'z');
           });
}

bool is_client(const Provider& provider, std::string_view name) {
    switch (provider.profile) {
        case Profile::cognito:
            return is_cognito_client_id(name);
        case Profile::generic:
            return name.find('@') == name.npos;
    }
    return false;
}

}  // namespace

std::optional<Method> basic_method(const Provider& provider,
                                   const Location& location,
                                   std::string_view name) {
    const bool client = location.methods.has(Method::client_credentials);
    const bool person = location.methods.has(Method::password);

    if (!client && !person) {
        return std::nullopt;
    }
    const bool is_clients = client && (!person || is_client(provider, name));
    return is_clients ? Method::client_credentials : Method::password;
}

base::Result<std::unique_ptr<Credential>> basic_credential(
    const RequestContext& context, std::string_view credentials) {
    auto basic = base::parse_basic(credentials);
    if (!basic) {
        return basic.error();
    }
    const auto method =
        basic_method(context.provider, context.location, basic->user);
    if (!method) {
        return Errc::method_not_enabled;
    }
    if (basic->user.empty() || basic->password.empty()) {
        return Error(Errc::credentials_refused,
                     "the name or the secret is empty");
    }
    if (*method == Method::client_credentials) {
        return client_credentials(context, std::move(*basic));
    }
    return may_take_password(context)
               ? password(std::move(*basic))
               : base::Result<std::unique_ptr<Credential>>(
                     Errc::password_insecure);
}

}  // namespace oidc::credential
