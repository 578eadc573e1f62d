// SPDX-License-Identifier: Apache-2.0
// The query of a callback: never a crash, and what is accepted keeps the
// promises that the callback relies on.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oidc/login/authorization_response.hpp"
#include "oidc/flow.hpp"
#include "oidc/web/own_endpoints.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// What parses as a response is a callback to the router as well, unless a
// name was percent-encoded.
void check_router(std::string_view query) {
    oidc::Provider provider;
    provider.redirect_uris = {{"/cb", ""}};
    oidc::RequestFacts facts;
    facts.path = "/cb";
    facts.query = query;
    const oidc::web::OwnEndpoint endpoint =
        oidc::web::classify(provider, facts);
    require(endpoint == oidc::web::OwnEndpoint::callback ||
            query.find('%') != query.npos || query.find('+') != query.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const std::string_view query(reinterpret_cast<const char*>(data), size);
    const auto response = oidc::login::parse_authorization_response(query);
    if (response) {
        require(!response->state.empty());
        require(response->error.has_value() == response->code.empty());
        require(size <= oidc::login::kMaxCallbackQueryBytes);
        check_router(query);
    }
    return 0;
}
