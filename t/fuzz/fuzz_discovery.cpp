// SPDX-License-Identifier: Apache-2.0
// Whatever the metadata says, every endpoint taken from it is one that we
// would call.

#include <cstdlib>
#include <string>

#include "oidc/provider/discovery.hpp"

namespace {

oidc::Provider provider() {
    oidc::Provider p;
    p.issuer = "https://idp.example";
    p.issuers = {p.issuer, "https://alias.example"};
    return p;
}

void check(const std::string& endpoint, const oidc::Provider& p) {
    if (!endpoint.empty() &&
        !oidc::provider::is_allowed_endpoint(endpoint, p)) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const oidc::Provider p = provider();
    const auto metadata = oidc::provider::parse_metadata(
        {reinterpret_cast<const char*>(data), size}, p);

    if (!metadata) {
        return 0;
    }
    const oidc::ProviderEndpoints& e = metadata->endpoints;
    for (const auto* endpoint :
         {&e.authorization, &e.token, &e.userinfo, &e.introspection,
          &e.revocation, &e.end_session, &e.jwks}) {
        check(*endpoint, p);
    }
    if (e.jwks.empty()) {
        std::abort();
    }
    return 0;
}
