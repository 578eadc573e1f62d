// SPDX-License-Identifier: Apache-2.0
// Which requests are addressed to the module rather than to a location.
#pragma once

#include "oidc/policy.hpp"
#include "oidc/request_facts.hpp"

namespace oidc::web {

enum class OwnEndpoint {
    none,
    callback,            // path fits, with state and code or error
    callback_stateless,  // path fits, with code or error alone: a refusal
                         // unless the location knows better
    logout,
    frontchannel_logout,
    backchannel_logout
};
OwnEndpoint classify(const Provider&, const RequestFacts&);
// Whether the URL of a protected location carries logout_query_arg.
bool is_logout_request(const Provider&, const RequestFacts&);

}  // namespace oidc::web
