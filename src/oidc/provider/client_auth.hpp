// SPDX-License-Identifier: Apache-2.0
// How a client authenticates at an endpoint of the provider (RFC 6749 2.3).
#pragma once

#include "base/form.hpp"
#include "oidc/flow.hpp"

namespace oidc::provider {

// The client that calls. Without a secret, it is a public client.
struct Client {
    std::string_view id;
    std::string_view secret;
};

// A form sent by POST with the client's authentication: Basic before the
// body, when the metadata leaves the choice. endpoint_missing without a URL.
base::Result<Call> client_request(CallKind, const std::string& url,
                                  const RequestContext&, const Metadata&,
                                  base::FormWriter form, base::Instant now);

// Like the function above, for a client other than ours.
base::Result<Call> client_request(CallKind, const std::string& url,
                                  const RequestContext&, const Metadata&,
                                  const Client&, base::FormWriter form,
                                  base::Instant now);

}  // namespace oidc::provider
