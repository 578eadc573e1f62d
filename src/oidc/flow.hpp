// SPDX-License-Identifier: Apache-2.0
// The interface of a decision about one request: it begins, may ask for calls
// or for waiting, and ends with Allow or Response.
#pragma once

#include <memory>

#include "oidc/policy.hpp"
#include "oidc/ports.hpp"
#include "oidc/request_facts.hpp"
#include "oidc/step.hpp"

namespace oidc {

// All of it outlives the flow.
struct RequestContext {
    const Provider& provider;
    const Location& location;
    const RequestFacts& facts;
    const Ports& ports;
};

// What a flow made of a reply: the next step, and how the call went.
struct Fetched {
    Step step;
    CallOutcome outcome;
};

class Flow {
public:
    virtual ~Flow() = default;
    virtual Step begin(base::Instant now) = 0;
    // After Await: whether what was awaited is there now.
    virtual Step resumed(bool arrived, base::Instant now) = 0;
    // After Call.
    virtual Fetched fetched(ProviderReply reply, base::Instant now) = 0;
};

}  // namespace oidc
