// SPDX-License-Identifier: Apache-2.0
// Counts requests, and calls to a provider.
#pragma once

#include <chrono>

#include "ngx/worker/shared_zone.hpp"
#include "oidc/step.hpp"

namespace ngx {

// A call under way.
struct CallBegun {
    using Clock = std::chrono::steady_clock;

    CallBegun() = default;
    explicit CallBegun(oidc::CallKind k) : kind(k), at(Clock::now()) {}

    oidc::CallKind kind{};
    Clock::time_point at{};
};

// Of one worker, for one provider. Each step is an atomic addition in the
// worker's own cache lines.
class ProviderCounters {
public:
    // The provider is known by its name: reloads may add and reorder.
    ProviderCounters(ngx_shm_zone_t* cache, std::string_view provider);

    void allowed(std::optional<oidc::Method>,
                 std::optional<metrics::Saving>) const noexcept;
    void answered(const oidc::Response&,
                  std::optional<metrics::Saving>) const noexcept;
    void called(const CallBegun&, oidc::CallOutcome) const noexcept;
    void saved(metrics::Call call, metrics::Saving why) const noexcept {
        counters_->count(slot_, metrics::Place::saved(call, why));
    }
    void verdict(metrics::Verdict v) const noexcept {
        counters_->count(slot_, metrics::Place::verdicts(v));
    }

    std::uint32_t place() const noexcept { return slot_.provider; }
    // Over all workers.
    metrics::Counts sum() const noexcept {
        return counters_->sum(slot_.provider);
    }

private:
    void count_saved_call(metrics::Method, metrics::Saving) const noexcept;

    metrics::Counters* counters_;
    metrics::Slot slot_;
};

}  // namespace ngx
