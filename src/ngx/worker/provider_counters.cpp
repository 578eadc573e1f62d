// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/provider_counters.hpp"

#include <cstring>

#include "base/http.hpp"
#include "oidc/credential/basic.hpp"
#include "oidc/flow.hpp"
#include "oidc/credential/opaque_token.hpp"
#include "oidc/policy.hpp"
#include "oidc/web/own_endpoints.hpp"

namespace ngx {

namespace {

using metrics::CallResult;

#define CALL(word)                                        \
    static_assert(metrics::number(metrics::Call::word) == \
                  metrics::number(oidc::CallKind::word));
#include "metrics/counters.def"

metrics::Call as_call(oidc::CallKind kind) noexcept {
    return static_cast<metrics::Call>(kind);
}

#define AUTH_METHOD(word, call, comes_as)                   \
    static_assert(metrics::number(metrics::Method::word) == \
                  metrics::number(oidc::Method::word) + 1);
#include "base/methods.def"

metrics::Method as_method(oidc::Method method) noexcept {
    return static_cast<metrics::Method>(metrics::number(method) + 1);
}

// The call that a cached answer about a credential saves, by its method.
namespace call_of {
using enum metrics::Call;
constexpr std::nullopt_t none = std::nullopt;
}  // namespace call_of
constexpr std::optional<metrics::Call> kSavedCalls[] = {
    call_of::none,  // no method
#define AUTH_METHOD(word, call, comes_as) call_of::call,
#include "base/methods.def"
};

metrics::Result result_of_status(unsigned status) noexcept {
    if (status < 300) {
        return metrics::Result::answered;
    }
    if (status < 400) {
        return metrics::Result::redirected;
    }
    if (status < 500) {
        return metrics::Result::refused;
    }
    return status == NGX_HTTP_SERVICE_UNAVAILABLE ? metrics::Result::unavailable
                                                  : metrics::Result::failed;
}

metrics::Method by_bearer(const oidc::Provider& provider,
                          const oidc::Location& location,
                          std::string_view token) {
    if (oidc::credential::asks_provider(location, token)) {
        return as_method(oidc::credential::opaque_method(provider, location));
    }
    return location.methods.has(oidc::Method::bearer) ? metrics::Method::bearer
                                                      : metrics::Method::none;
}

metrics::Method by_basic(const oidc::Provider& provider,
                         const oidc::Location& location,
                         std::string_view credentials) {
    auto basic = base::parse_basic(credentials);
    if (!basic) {
        return metrics::Method::none;
    }
    auto method =
        oidc::credential::basic_method(provider, location, basic->user);
    return method ? as_method(*method) : metrics::Method::none;
}

metrics::Method by_header(const oidc::Provider& provider,
                          const oidc::Location& location,
                          std::string_view header) {
    auto authorization = base::parse_authorization(header);
    if (!authorization) {
        return metrics::Method::none;
    }
    switch (authorization->scheme) {
        case base::Scheme::bearer:
            return by_bearer(provider, location, authorization->credentials);
        case base::Scheme::basic:
            return by_basic(provider, location, authorization->credentials);
        case base::Scheme::other:
        case base::Scheme::none:
            break;
    }
    return metrics::Method::none;
}

// Chunks and prefixed names hold it too.
bool has_session_cookie(const oidc::Provider& provider,
                        const oidc::RequestFacts& facts) {
    for (std::string_view line : facts.cookies) {
        if (line.find(provider.cookie.name) != line.npos) {
            return true;
        }
    }
    return false;
}

// Its place among the counters, the next free one for a new provider;
// beyond them all when there is none.
std::uint32_t place_of(ngx_shm_zone_t* cache, std::string_view provider) {
    crypto::Digest256 digest = crypto::sha256(provider);
    std::uint64_t id = 0;
    std::memcpy(&id, digest.data(), sizeof id);
    id |= 1;
    ZoneLock lock(cache);
    auto& counted = static_cast<CacheZone*>(cache->data)->counted;
    for (std::uint32_t i = 0; i < metrics::kMaxProviders; ++i) {
        if (counted[i] == 0) {
            counted[i] = id;
        }
        if (counted[i] == id) {
            return i;
        }
    }
    return metrics::kMaxProviders;
}

}  // namespace

CallResult result_of(const oidc::ProviderReply& reply) noexcept {
    switch (reply.failure) {
        case oidc::ProviderReply::Failure::none:
            break;
        case oidc::ProviderReply::Failure::timeout:
            return CallResult::timeout;
        case oidc::ProviderReply::Failure::too_large:
            return CallResult::malformed;
        case oidc::ProviderReply::Failure::unreachable:
        case oidc::ProviderReply::Failure::tls:
        case oidc::ProviderReply::Failure::broken:
        case oidc::ProviderReply::Failure::inner:
            return CallResult::unreachable;
        case oidc::ProviderReply::Failure::limited:
            return CallResult::limited;
    }
    if (reply.status == NGX_HTTP_TOO_MANY_REQUESTS) {
        return CallResult::throttled;
    }
    if (reply.status >= 500) {
        return CallResult::unreachable;
    }
    if (reply.status >= 400) {
        return CallResult::refused;
    }
    return reply.status >= 200 && reply.status < 300 ? CallResult::ok
                                                     : CallResult::malformed;
}

CallResult refine(CallResult seen, std::optional<base::Errc> reason) noexcept {
    if (reason == base::Errc::idp_throttled) {
        return CallResult::throttled;
    }
    bool nonsense = reason == base::Errc::idp_malformed ||
                    reason == base::Errc::idp_too_large ||
                    reason == base::Errc::discovery_mismatch ||
                    reason == base::Errc::malformed;
    return nonsense && seen == CallResult::ok ? CallResult::malformed : seen;
}

metrics::Method credential_of(const oidc::Provider& provider,
                              const oidc::Location& location,
                              const oidc::RequestFacts& facts) {
    switch (oidc::web::classify(provider, facts)) {
        case oidc::web::OwnEndpoint::callback:
        case oidc::web::OwnEndpoint::callback_stateless:
            return metrics::Method::authorization_code;
        case oidc::web::OwnEndpoint::logout:
        case oidc::web::OwnEndpoint::frontchannel_logout:
            return metrics::Method::session;
        case oidc::web::OwnEndpoint::backchannel_logout:
            return metrics::Method::none;
        case oidc::web::OwnEndpoint::none:
            break;
    }
    if (!facts.authorization.empty()) {
        return by_header(provider, location, facts.authorization.front());
    }
    if (location.methods.has(oidc::Method::refresh_token) &&
        !facts.refresh_tokens.empty()) {
        return metrics::Method::refresh_token;
    }
    return has_session_cookie(provider, facts) ? metrics::Method::session
                                               : metrics::Method::none;
}

ProviderCounters::ProviderCounters(ngx_shm_zone_t* cache,
                                   std::string_view provider)
    : counters_(static_cast<CacheZone*>(cache->data)->counters),
      slot_{static_cast<std::uint32_t>(ngx_worker), place_of(cache, provider)} {
}

void ProviderCounters::allowed(
    std::optional<oidc::Method> by,
    std::optional<metrics::Saving> saving) const noexcept {
    metrics::Method method = by ? as_method(*by) : metrics::Method::none;
    counters_->request(slot_, method, metrics::Result::allowed);
    if (saving) {
        count_saved_call(method, *saving);
    }
}

void ProviderCounters::answered(
    metrics::Method method, const oidc::Response& response,
    std::optional<metrics::Saving> saving) const noexcept {
    counters_->request(slot_, method, result_of_status(response.status));
    if (!response.reason) {
        return;
    }
    base::Errc reason = response.reason->code;
    counters_->refusal(slot_, reason);
    // What the provider said of the credential before is said again.
    if (saving && (reason == base::Errc::credentials_refused ||
                   reason == base::Errc::token_inactive)) {
        count_saved_call(method, *saving);
    }
}

void ProviderCounters::called(const CallBegun& call,
                              CallResult result) const noexcept {
    auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        CallBegun::Clock::now() - call.at);
    counters_->call(slot_, as_call(call.kind), result,
                    static_cast<std::uint64_t>(took.count()));
}

// A session asks the provider only when it is due for a refresh, and tokens
// that are verified here never do.
void ProviderCounters::count_saved_call(metrics::Method method,
                                        metrics::Saving why) const noexcept {
    const bool shared_refresh = method == metrics::Method::session &&
                                why == metrics::Saving::single_flight;
    const auto call = shared_refresh ? metrics::Call::token_refresh
                                     : kSavedCalls[metrics::number(method)];
    if (call) {
        saved(*call, why);
    }
}

}  // namespace ngx
