// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/session_cookies.hpp"

#include <algorithm>

#include "base/cookie.hpp"
#include "oidc/session/store.hpp"
#include "oidc/web/cookie_chunks.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/web/own_origin.hpp"

namespace oidc::session {
namespace {

using base::Errc;

bool has_doubled(const RequestFacts& facts, const std::string& name) {
    const auto names = web::chunk_names(name);
    return std::ranges::any_of(names, [&](const std::string& one) {
        return web::cookie_values(facts, one).size() > 1;
    });
}

}  // namespace

std::string session_binding(const Provider& provider,
                            const RequestFacts& facts) {
    return provider.cookie.domain.empty() ? web::own_origin(provider, facts)
                                          : provider.cookie.domain;
}

Errc SessionCookies::nothing_found() const noexcept {
    return damaged ? Errc::session_invalid : Errc::session_missing;
}

SessionCookies read_session_cookies(const RequestContext& context) {
    const RequestFacts& facts = context.facts;
    SessionCookies presented;

    presented.name = web::session_cookie_name(context.provider, facts);
    presented.binding = session_binding(context.provider, facts);
    presented.is_doubled = has_doubled(facts, presented.name);
    presented.cookies =
        store_of(context.provider).values(facts, presented.name);
    presented.damaged = presented.cookies.empty() &&
                        !web::cookie_values(facts, presented.name).empty();
    return presented;
}

std::vector<std::string> expire_cookies(const RequestContext& context,
                                        const SessionCookies& presented,
                                        std::size_t first_chunk) {
    const auto names = web::chunk_names(presented.name);
    const auto attributes =
        web::cookie_attributes(context.provider, context.facts);
    std::vector<std::string> set_cookies;

    for (std::size_t i = first_chunk; i < names.size(); i++) {
        if (!web::cookie_values(context.facts, names[i]).empty()) {
            set_cookies.push_back(base::expire_cookie(names[i], attributes));
        }
    }
    return set_cookies;
}

}  // namespace oidc::session
