// SPDX-License-Identifier: Apache-2.0
// A provider's metadata, as far as it is used (OIDC Discovery 3, RFC 8414 2).
#pragma once

#include <vector>

#include "oidc/policy.hpp"

namespace oidc {

struct Metadata {
    ProviderEndpoints endpoints;  // overrides of the configuration included
    bool auth_basic = true;       // token_endpoint_auth_methods_supported
    bool auth_post = false;
    bool iss_in_response = false;  // RFC 9207 3
    // Members with an address that cannot be used, as if they were missing.
    std::vector<std::string_view> unusable;
};

}  // namespace oidc
