// SPDX-License-Identifier: Apache-2.0
// The interface of a decision about one request: it begins, may ask for calls
// or for waiting, and ends with Allow or Response.
#pragma once

#include <memory>

#include "oidc/request_facts.hpp"
#include "oidc/policy.hpp"
#include "oidc/ports.hpp"
#include "oidc/step.hpp"

namespace oidc {

// All of it outlives the flow.
struct RequestContext {
    const Provider& provider;
    const Location& location;
    const RequestFacts& facts;
    Ports& ports;
};

class Flow {
public:
    virtual ~Flow() = default;
    virtual Step begin(base::Instant now) = 0;
    // After Await: whether what was awaited is there now.
    virtual Step resumed(bool arrived, base::Instant now) = 0;
    // After Call.
    virtual Step fetched(ProviderReply reply, base::Instant now) = 0;
};

}  // namespace oidc
