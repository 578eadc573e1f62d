// SPDX-License-Identifier: Apache-2.0
#include "oidc/policy.hpp"

namespace oidc {

bool needs_keys(const Provider& provider) noexcept {
    return (provider.algs.bits() & jose::AlgSet::asymmetric().bits()) != 0;
}

std::string_view word(Method method) noexcept {
    switch (method) {
        case Method::session:
            return "session";
        case Method::authorization_code:
            return "authorization_code";
        case Method::bearer:
            return "bearer";
        case Method::client_credentials:
            return "client_credentials";
        case Method::password:
            return "password";
        case Method::refresh_token:
            return "refresh_token";
        case Method::introspection:
            return "introspection";
        case Method::userinfo:
            return "userinfo";
    }
    return "";
}

bool may_ask(const Location& location) noexcept {
    return location.methods.has(Method::introspection) ||
           location.methods.has(Method::userinfo);
}

}  // namespace oidc
