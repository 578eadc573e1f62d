// SPDX-License-Identifier: Apache-2.0
#include "oidc/policy.hpp"

namespace oidc {

bool needs_keys(const Provider& provider) noexcept {
    return (provider.algs.bits() & jose::AlgSet::asymmetric().bits()) != 0;
}

std::string_view word(Method method) noexcept {
    return kMethodWords[static_cast<std::size_t>(method)];
}

ComesAs comes_as(Method method) noexcept {
    constexpr ComesAs kAll[] = {
#define AUTH_METHOD(word, call, comes_as, endpoint, client) ComesAs::comes_as,
#include "base/methods.def"
    };
    return kAll[static_cast<std::size_t>(method)];
}

bool needs_client_id(Method method) noexcept {
    enum class Client { ours, callers };
    constexpr Client kAll[] = {
#define AUTH_METHOD(word, call, comes_as, endpoint, client) Client::client,
#include "base/methods.def"
    };
    return kAll[static_cast<std::size_t>(method)] == Client::ours;
}

const std::string* needed_endpoint(const Provider& provider,
                                   Method method) noexcept {
    using Endpoint = std::string ProviderEndpoints::*;
    constexpr Endpoint kAll[] = {
#define AUTH_METHOD(word, call, comes_as, endpoint, client) \
    &ProviderEndpoints::endpoint,
#include "base/methods.def"
    };
    if (method == Method::password &&
        traits(provider.profile).has_sign_in_api) {
        return nullptr;
    }
    return &(provider.endpoints.*kAll[static_cast<std::size_t>(method)]);
}

bool may_ask(const Location& location) noexcept {
    return location.methods.has(Method::introspection) ||
           location.methods.has(Method::userinfo);
}

}  // namespace oidc
