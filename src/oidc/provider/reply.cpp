// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/reply.hpp"

namespace oidc::provider {
namespace {

using base::Errc;

}  // namespace

std::optional<base::Error> failure(const ProviderReply& reply) {
    switch (reply.failure) {
        case ProviderReply::Failure::none:
            break;
        case ProviderReply::Failure::unreachable:
            return Errc::idp_unreachable;
        case ProviderReply::Failure::timeout:
            return Errc::idp_timeout;
        case ProviderReply::Failure::tls:
            return Errc::idp_tls;
        case ProviderReply::Failure::too_large:
            return Errc::idp_too_large;
        case ProviderReply::Failure::broken:
            return base::Error(Errc::idp_malformed,
                               "the provider's answer was cut or is not HTTP");
        case ProviderReply::Failure::inner:
            return base::Error(Errc::idp_malformed,
                               "an endpoint in the metadata resolves to an "
                               "inner address");
        case ProviderReply::Failure::limited:
            return Errc::call_limit_reached;
    }
    if (reply.status == 429) {
        return Errc::idp_throttled;
    }
    // A redirect is not followed, hence no answer either.
    const bool readable = (reply.status >= 200 && reply.status < 300) ||
                          (reply.status >= 400 && reply.status < 500);
    if (!readable) {
        return Errc::idp_error;
    }
    return std::nullopt;
}

}  // namespace oidc::provider
