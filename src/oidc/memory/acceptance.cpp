// SPDX-License-Identifier: Apache-2.0
#include "oidc/memory/acceptance.hpp"

#include <algorithm>

#include "base/http.hpp"

namespace oidc::memory {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool is_bearer(std::string_view authorization) {
    const std::string_view scheme = authorization.substr(0, kBearer.size());

    // Nearly always spelt like this.
    return authorization.size() > kBearer.size() &&
           (scheme == kBearer || base::equals_ignore_case(scheme, kBearer));
}

// Rules that a location has beside those that its mask stands for.
bool still_holds(const Provider& provider, const IdentityRef& identity,
                 bool https) {
    return identity->method != Method::password || https ||
           provider.password_over_http;
}

}  // namespace

std::uint64_t location_bit(const Location& location) noexcept {
    return location.index < 64 ? std::uint64_t{1} << location.index : 0;
}

std::string_view bearer_token(std::string_view authorization) noexcept {
    if (!is_bearer(authorization)) {
        return {};
    }
    const std::string_view token = authorization.substr(kBearer.size());
    return token.substr(std::min(token.find_first_not_of(' '), token.size()));
}

std::uint64_t exchange_policy(const Provider& provider,
                              const Location& location) noexcept {
    return provider.policy_id ^ location.exchange_id;
}

IdentityRef known_authorization(IdentityTable& cache, const Provider& provider,
                                const Location& location,
                                std::string_view authorization, bool https,
                                std::uint64_t generation, base::Instant now) {
    const auto token = bearer_token(authorization);

    if (!token.empty() && location.methods.has(Method::bearer)) {
        if (auto known = accepted_at(cache.find(provider.policy_id, token),
                                     location, generation, now)) {
            return known;
        }
    }
    if (!token.empty() && !may_ask(location)) {
        return {};
    }
    auto known = accepted_at(
        cache.find(exchange_policy(provider, location), authorization),
        location, generation, now);
    return known && still_holds(provider, known, https) ? known : IdentityRef();
}

void note_known(IdentityTable& cache, std::uint64_t policy_id,
                const Location& location, Pieces credential,
                const IdentityRef& identity) {
    auto* entry =
        credential.empty() ? nullptr : cache.find(policy_id, credential);
    if (entry && entry->identity.get() == identity.get()) {
        entry->accepted |= location_bit(location);
    }
}

IdentityRef accepted_at(const IdentityTable::Entry* entry,
                        const Location& location, std::uint64_t generation,
                        base::Instant now) {
    if (!entry || !entry->is_good(generation, now) ||
        !(entry->accepted & location_bit(location))) {
        return {};
    }
    return entry->identity;
}

}  // namespace oidc::memory
