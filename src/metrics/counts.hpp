// SPDX-License-Identifier: Apache-2.0
// The offset of each counter of a provider, and the sums over all workers.
#pragma once

#include <array>
#include <cstdint>

#include "metrics/words.hpp"

namespace metrics {

template <class Enum>
constexpr std::size_t number(Enum value) noexcept {
    return static_cast<std::size_t>(value);
}

// The place of a counter. One row of each kind of call holds a histogram:
// its buckets, what was slower than all of them, and the sum of microseconds.
struct Place {
    static constexpr std::size_t kHistogram = kBuckets.size() + 2;

    static constexpr std::size_t kRefusals = kMethods.size() * kResults.size();
    static constexpr std::size_t kCallRows = kRefusals + kReasons.size();
    static constexpr std::size_t kHistograms =
        kCallRows + kCalls.size() * kCallResults.size();
    static constexpr std::size_t kSaved =
        kHistograms + kCalls.size() * kHistogram;
    static constexpr std::size_t kVerdictCells =
        kSaved + kCalls.size() * kSavings.size();
    static constexpr std::size_t kEnd = kVerdictCells + kVerdicts.size();

    static constexpr std::size_t request(Method m, Result r) noexcept {
        return number(m) * kResults.size() + number(r);
    }
    static constexpr std::size_t refusal(base::Errc e) noexcept {
        return kRefusals + number(e);
    }
    static constexpr std::size_t call(Call c, CallResult r) noexcept {
        return kCallRows + number(c) * kCallResults.size() + number(r);
    }
    // `bucket` may be kBuckets.size(): slower than all.
    static constexpr std::size_t latency(Call c, std::size_t bucket) noexcept {
        return kHistograms + number(c) * kHistogram + bucket;
    }
    static constexpr std::size_t latency_sum(Call c) noexcept {
        return latency(c, kBuckets.size() + 1);
    }
    static constexpr std::size_t saved(Call c, Saving s) noexcept {
        return kSaved + number(c) * kSavings.size() + number(s);
    }
    static constexpr std::size_t verdict(Verdict v) noexcept {
        return kVerdictCells + number(v);
    }
};

// What was counted for one provider, over all workers.
using Counts = std::array<std::uint64_t, Place::kEnd>;

}  // namespace metrics
