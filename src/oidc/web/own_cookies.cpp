// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/own_cookies.hpp"

#include <algorithm>
#include <functional>

#include "base/cookie.hpp"
#include "oidc/web/own_origin.hpp"

namespace oidc::web {
namespace {

constexpr std::string_view kLoginMark = "_login_";
constexpr std::string_view kLoginsEnding = "_logins";
constexpr std::size_t kStateCharacters = 8;

bool is_chunk_number(std::string_view text) {
    return !text.empty() && text.size() <= 2 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

bool is_secure(const Provider& provider, std::string_view scheme) noexcept {
    switch (provider.cookie.secure) {
        case CookieSecure::on:
            return true;
        case CookieSecure::off:
            return false;
        case CookieSecure::automatic:
            return is_https(provider, scheme);
    }
    return true;
}

bool is_host_bound(const Provider& provider, std::string_view scheme) noexcept {
    const CookiePolicy& cookie = provider.cookie;

    return !cookie.bare_name && cookie.path == "/" && cookie.domain.empty() &&
           is_secure(provider, scheme);
}

base::CookieAttributes cookie_attributes(const Provider& provider,
                                         const RequestFacts& facts) {
    return {.path = provider.cookie.path,
            .domain = provider.cookie.domain,
            .same_site = provider.cookie.same_site,
            .secure = is_secure(provider, facts.scheme)};
}

std::string session_cookie_name(const Provider& provider,
                                const RequestFacts& facts) {
    return is_host_bound(provider, facts.scheme)
               ? std::string(kHostPrefix) + provider.cookie.name
               : provider.cookie.name;
}

std::string login_cookie_name(const Provider& provider,
                              const RequestFacts& facts,
                              std::string_view state) {
    return session_cookie_name(provider, facts)
        .append(kLoginMark)
        .append(state.substr(0, kStateCharacters));
}

std::string logins_cookie_name(const Provider& provider,
                               const RequestFacts& facts) {
    const CookiePolicy& cookie = provider.cookie;
    const bool has_prefix = !cookie.bare_name && cookie.domain.empty() &&
                            is_secure(provider, facts.scheme);

    return std::string(has_prefix ? kHostPrefix : "")
        .append(cookie.name)
        .append(kLoginsEnding);
}

void OwnCookieNames::add(const Provider& provider) {
    const std::string& name = provider.cookie.name;
    const auto at = std::lower_bound(bases_.begin(), bases_.end(), name);

    if (name.empty() || (at != bases_.end() && *at == name)) {
        return;
    }
    first_.set(static_cast<unsigned char>(name.front()));
    bases_.insert(at, name);
}

bool OwnCookieNames::is_base(std::string_view name) const noexcept {
    const auto at = std::lower_bound(bases_.begin(), bases_.end(), name,
                                     std::less<std::string_view>());
    return at != bases_.end() && *at == name;
}

bool OwnCookieNames::is_ours(std::string_view name) const noexcept {
    if (name.empty() || !first_.test(static_cast<unsigned char>(name[0]))) {
        return false;
    }
    if (is_base(name)) {
        return true;
    }
    const std::size_t bar = name.rfind('_');
    if (bar != name.npos && is_chunk_number(name.substr(bar + 1)) &&
        is_base(name.substr(0, bar))) {
        return true;
    }
    if (name.ends_with(kLoginsEnding) &&
        is_base(name.substr(0, name.size() - kLoginsEnding.size()))) {
        return true;
    }
    for (std::size_t mark = name.find(kLoginMark); mark != name.npos;
         mark = name.find(kLoginMark, mark + 1)) {
        if (is_base(name.substr(0, mark))) {
            return true;
        }
    }
    return false;
}

bool OwnCookieNames::has(std::string_view cookie) const noexcept {
    return is_ours(cookie) || (cookie.starts_with(kHostPrefix) &&
                               is_ours(cookie.substr(kHostPrefix.size())));
}

std::vector<std::string_view> cookie_values(const RequestFacts& facts,
                                            std::string_view name) {
    std::vector<std::string_view> values;

    for (const std::string_view header : facts.cookies) {
        base::each_cookie(header, [&](base::CookiePair pair) {
            if (pair.name == name) {
                values.push_back(pair.value);
            }
        });
    }
    return values;
}

}  // namespace oidc::web
