// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/basic.hpp"

#include "base/http.hpp"
#include "oidc/credential/client_credentials.hpp"
#include "oidc/credential/password.hpp"
#include "oidc/policy.hpp"

namespace oidc::credential {
namespace {

using base::Errc;
using base::Error;

}  // namespace

std::optional<Method> basic_method(const Provider& provider,
                                   const Location& location,
                                   std::string_view name) {
    const bool client = location.methods.has(Method::client_credentials);
    const bool person = location.methods.has(Method::password);

    if (!client && !person) {
        return std::nullopt;
    }
    const bool is_clients =
        client && (!person || traits(provider.profile).is_client_id(name));
    return is_clients ? Method::client_credentials : Method::password;
}

BasicCredential basic_credential(const RequestContext& context,
                                 std::string_view credentials) {
    auto basic = base::parse_basic(credentials);
    if (!basic) {
        return {std::nullopt, basic.error()};
    }
    const auto method =
        basic_method(context.provider, context.location, basic->user);
    if (!method) {
        return {method, Errc::method_not_enabled};
    }
    if (basic->user.empty() || basic->password.empty()) {
        return {method, Error(Errc::credentials_refused,
                              "the name or the secret is empty")};
    }
    if (*method == Method::client_credentials) {
        return {method, client_credentials(context, std::move(*basic))};
    }
    if (!may_take_password(context)) {
        return {method, Errc::password_insecure};
    }
    return {method, password(std::move(*basic))};
}

}  // namespace oidc::credential
