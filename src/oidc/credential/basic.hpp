// SPDX-License-Identifier: Apache-2.0
// Which of the two kinds of credential Basic has: the id and secret of a
// client, or the name and password of a user.
#pragma once

#include <optional>
#include <string_view>

#include "oidc/credential/exchange.hpp"

namespace oidc::credential {

// Where a location accepts one of the two, it is that one. Where it accepts
// both, the name decides, and the other one is never tried: for Cognito,
// whose client ids are 26 characters of [a-z0-9], a name of that shape is a
// client; elsewhere a name with an "@" is a person's. Absent: neither.
std::optional<Method> basic_method(const Provider&, const Location&,
                                   std::string_view name);

struct BasicCredential {
    std::optional<Method> method;  // absent: neither
    // method_not_enabled, authorization_malformed, credentials_refused (an
    // empty name or secret), password_insecure.
    base::Result<std::unique_ptr<Credential>> credential;
};
// `credentials` as parse_authorization found them.
BasicCredential basic_credential(const RequestContext&,
                                 std::string_view credentials);

}  // namespace oidc::credential
