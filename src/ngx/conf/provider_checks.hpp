// SPDX-License-Identifier: Apache-2.0
// Checks of a provider that need more than one of its settings.
#pragma once

#include "ngx/conf/conf.hpp"
#include "ngx/conf/values.hpp"

namespace ngx {

// The paths that a provider answers at, by the setting that says so.
struct OwnPath {
    std::string_view setting;
    std::string_view path;
    bool by_browser;  // asked for with our cookies
};
inline constexpr std::string_view kRedirectUri = "redirect_uri";
std::vector<OwnPath> own_paths(const oidc::Provider&);

// Fills in what follows from other settings, and refuses what cannot be.
Complaint complete_provider(ProviderConf&);

}  // namespace ngx
