// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/reply.hpp"

#include "base/json.hpp"

namespace oidc::provider {
namespace {

using base::Errc;

CallOutcome by_status(unsigned status) {
    if (status == 429) {
        return CallOutcome::throttled;
    }
    if (status >= 500) {
        return CallOutcome::unreachable;
    }
    if (status >= 400) {
        return CallOutcome::refused;
    }
    return status >= 200 && status < 300 ? CallOutcome::ok
                                         : CallOutcome::malformed;
}

CallOutcome by_reply(const ProviderReply& reply) {
    switch (reply.failure) {
        case ProviderReply::Failure::none:
            break;
        case ProviderReply::Failure::timeout:
            return CallOutcome::timeout;
        case ProviderReply::Failure::too_large:
            return CallOutcome::malformed;
        case ProviderReply::Failure::unreachable:
        case ProviderReply::Failure::tls:
        case ProviderReply::Failure::broken:
        case ProviderReply::Failure::inner:
            return CallOutcome::unreachable;
        case ProviderReply::Failure::limited:
            return CallOutcome::limited;
        case ProviderReply::Failure::shed:
            return CallOutcome::shed;
    }
    return by_status(reply.status);
}

bool is_nonsense(Errc code) {
    return code == Errc::idp_malformed || code == Errc::idp_unsupported ||
           code == Errc::idp_too_large || code == Errc::discovery_mismatch ||
           code == Errc::malformed;
}

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
        case ProviderReply::Failure::shed:
            return Errc::call_rate_reached;
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

CallOutcome outcome_of(const ProviderReply& reply, std::optional<Errc> error) {
    if (error == Errc::idp_throttled) {
        return CallOutcome::throttled;
    }
    const CallOutcome seen = by_reply(reply);
    return seen == CallOutcome::ok && error && is_nonsense(*error)
               ? CallOutcome::malformed
               : seen;
}

// Amazon Cognito's API for sign-in has a word for it in its message alone.
bool refuses_client(const ProviderReply& reply) {
    if (reply.failure != ProviderReply::Failure::none || reply.status < 400 ||
        reply.status >= 500) {
        return false;
    }
    const auto body = base::json::Document::parse(reply.body);
    if (!body || !body->root().is_object()) {
        return reply.status == 401;
    }
    const std::string_view error =
        body->root().member("error").string().value_or("");
    const std::string_view message =
        body->root().member("message").string().value_or("");
    return error == "invalid_client" ||
           message.find("secret hash") != message.npos ||
           (reply.status == 401 && error.empty() && message.empty());
}

}  // namespace oidc::provider
