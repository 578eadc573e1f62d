// SPDX-License-Identifier: Apache-2.0
// The meaning of the HTTP status of a reply to any call.
#pragma once

#include "oidc/step.hpp"

namespace oidc::provider {

// unavailable reasons for a call that failed, or an HTTP status that is no
// answer (429, 5xx); absent when the reply may be read.
std::optional<base::Error> failure(const ProviderReply&);

// Whether the provider refuses this client: what it knows of client_id and
// client_secret does not fit (RFC 6749 5.2, invalid_client).
bool refuses_client(const ProviderReply&);

// What became of a call whose reply was read with this error; absent: it was
// of use.
CallOutcome outcome_of(const ProviderReply&, std::optional<base::Errc> error);

}  // namespace oidc::provider
