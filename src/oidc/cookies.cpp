#include "oidc/cookies.hpp"

#include "base/uri.hpp"

namespace oidc {
namespace {

constexpr std::string_view kLoginMark = "_login_";
constexpr std::size_t kStateCharacters = 8;

bool is_chunk_number(std::string_view text) {
    return !text.empty() && text.size() <= 2 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string own_origin(const Provider& provider, const Facts& facts) {
    std::string text = provider.base_url;

    if (text.empty()) {
        if (facts.host.empty() ||
            facts.host.find_first_of("/?") != std::string_view::npos) {
            return "";
        }
        text.append(facts.scheme).append("://").append(facts.host);
    }
    // A host that no URL can hold is as good as none.
    const auto url = base::Url::parse(text);
    return url ? url->origin() : "";
}

bool is_https(const Provider& provider, std::string_view scheme) noexcept {
    return provider.base_url.empty()
               ? scheme == "https"
               : provider.base_url.starts_with("https://");
}

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

    return !cookie.name_given && cookie.path == "/" && cookie.domain.empty() &&
           is_secure(provider, scheme);
}

base::CookieAttributes cookie_attributes(const Provider& provider,
                                         const Facts& facts) {
    return {.path = provider.cookie.path,
            .domain = provider.cookie.domain,
            .same_site = provider.cookie.same_site,
            .secure = is_secure(provider, facts.scheme)};
}

std::string session_cookie_name(const Provider& provider, const Facts& facts) {
    return is_host_bound(provider, facts.scheme)
               ? std::string(kHostPrefix) + provider.cookie.name
               : provider.cookie.name;
}

std::string login_cookie_name(const Provider& provider, const Facts& facts,
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

}  // namespace oidc
