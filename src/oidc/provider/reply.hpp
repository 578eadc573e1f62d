// SPDX-License-Identifier: Apache-2.0
// The meaning of the HTTP status of a reply to any call.
#pragma once

#include "oidc/step.hpp"

namespace oidc::provider {

// unavailable reasons for a call that failed, or an HTTP status that is no
// answer (429, 5xx); absent when the reply may be read.
std::optional<base::Error> failure(const ProviderReply&);

}  // namespace oidc::provider
