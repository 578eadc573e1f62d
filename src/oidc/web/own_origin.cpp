// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/own_origin.hpp"

#include "base/url.hpp"

namespace oidc::web {
std::string own_origin(const Provider& provider, const RequestFacts& facts) {
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

std::string redirect_uri(const Provider& provider, const RequestFacts& facts) {
    if (provider.redirect_uris.empty()) {
        return "";
    }
    const OwnAddress& address = provider.redirect_uris.front();
    const std::string origin =
        address.origin.empty() ? own_origin(provider, facts) : address.origin;
    return origin.empty() ? "" : origin + address.path;
}

}  // namespace oidc::web
