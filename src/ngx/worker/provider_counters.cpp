// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/provider_counters.hpp"

#include <cstring>

#include "oidc/policy.hpp"

namespace ngx {

namespace {

#define CALL(word)                                        \
    static_assert(metrics::number(metrics::Call::word) == \
                  metrics::number(oidc::CallKind::word));
#include "metrics/counters.def"

#define CALL_RESULT(word)                                       \
    static_assert(metrics::number(metrics::CallResult::word) == \
                  metrics::number(oidc::CallOutcome::word));
#include "metrics/counters.def"

metrics::Call as_call(oidc::CallKind kind) noexcept {
    return static_cast<metrics::Call>(kind);
}

#define AUTH_METHOD(word, call, comes_as, endpoint, client) \
    static_assert(metrics::number(metrics::Method::word) == \
                  metrics::number(oidc::Method::word) + 1);
#include "base/methods.def"

metrics::Method as_method(std::optional<oidc::Method> method) noexcept {
    return method ? static_cast<metrics::Method>(metrics::number(*method) + 1)
                  : metrics::Method::none;
}

// The call that a cached answer about a credential saves, by its method.
namespace call_of {
using enum metrics::Call;
constexpr std::nullopt_t none = std::nullopt;
}  // namespace call_of
constexpr std::optional<metrics::Call> kSavedCalls[] = {
    call_of::none,  // no method
#define AUTH_METHOD(word, call, comes_as, endpoint, client) call_of::call,
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

ProviderCounters::ProviderCounters(ngx_shm_zone_t* cache,
                                   std::string_view provider)
    : counters_(static_cast<CacheZone*>(cache->data)->counters),
      slot_{static_cast<std::uint32_t>(ngx_worker), place_of(cache, provider)} {
}

void ProviderCounters::allowed(
    std::optional<oidc::Method> by,
    std::optional<metrics::Saving> saving) const noexcept {
    const metrics::Method method = as_method(by);
    counters_->count(
        slot_, metrics::Place::requests(method, metrics::Result::allowed));
    if (saving) {
        count_saved_call(method, *saving);
    }
}

void ProviderCounters::answered(
    const oidc::Response& response,
    std::optional<metrics::Saving> saving) const noexcept {
    const metrics::Method method = as_method(response.method);
    counters_->count(slot_, metrics::Place::requests(
                                method, result_of_status(response.status)));
    if (!response.reason) {
        return;
    }
    base::Errc reason = response.reason->code;
    counters_->count(slot_, metrics::Place::refusals(reason));
    // What the provider said of the credential before is said again.
    if (saving && (reason == base::Errc::credentials_refused ||
                   reason == base::Errc::token_inactive)) {
        count_saved_call(method, *saving);
    }
}

void ProviderCounters::called(const CallBegun& call,
                              oidc::CallOutcome outcome) const noexcept {
    auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        CallBegun::Clock::now() - call.at);
    counters_->call(slot_, as_call(call.kind),
                    static_cast<metrics::CallResult>(outcome),
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
