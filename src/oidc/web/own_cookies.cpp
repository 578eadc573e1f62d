#include "oidc/web/own_cookies.hpp"

#include "base/cookie.hpp"
#include "oidc/web/own_origin.hpp"

namespace oidc::web {
namespace {

constexpr std::string_view kLoginMark = "_login_";
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

bool is_own_cookie(const Provider& provider, std::string_view name) {
    const std::string_view own = provider.cookie.name;

    if (!name.starts_with(own) && name.starts_with(kHostPrefix)) {
        name.remove_prefix(kHostPrefix.size());
    }
    if (!name.starts_with(own)) {
        return false;
    }
    const std::string_view rest = name.substr(own.size());
    return rest.empty() || rest.starts_with(kLoginMark) ||
           (rest.starts_with('_') && is_chunk_number(rest.substr(1)));
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
