// SPDX-License-Identifier: Apache-2.0
#include "metrics/counters.hpp"

#include <algorithm>
#include <new>

namespace metrics {

namespace {

constexpr std::size_t kHeader = 64;

}  // namespace

std::size_t Counters::bytes(std::uint32_t workers,
                            std::uint32_t providers) noexcept {
    return kHeader + sizeof(Row) * std::clamp(workers, 1U, kMaxWorkers) *
                         std::clamp(providers, 1U, kMaxProviders);
}

Counters* Counters::create(void* memory, std::size_t size,
                           std::uint32_t workers,
                           std::uint32_t providers) noexcept {
    static_assert(sizeof(Counters) <= kHeader);
    if (memory == nullptr || size < bytes(workers, providers)) {
        return nullptr;
    }
    auto* counters =
        new (memory) Counters(std::clamp(workers, 1U, kMaxWorkers),
                              std::clamp(providers, 1U, kMaxProviders));
    const std::uint32_t rows = counters->workers_ * counters->providers_;
    for (std::uint32_t i = 0; i < rows; i++) {
        new (counters->rows() + i) Row{};
    }
    return counters;
}

Counters* Counters::attach(void* memory) noexcept {
    auto* counters = static_cast<Counters*>(memory);
    const Counters ours(1, 1);
    return counters->magic_ == ours.magic_ && counters->layout_ == ours.layout_
               ? counters
               : nullptr;
}

Counters::Row* Counters::rows() noexcept {
    return static_cast<Row*>(
        static_cast<void*>(reinterpret_cast<char*>(this) + kHeader));
}

void Counters::add(Slot slot, std::size_t place,
                   std::uint64_t amount) noexcept {
    if (slot.provider < providers_) {
        const std::uint32_t row =
            slot.worker % workers_ * providers_ + slot.provider;
        rows()[row].cells[place].fetch_add(amount, std::memory_order_relaxed);
    }
}

void Counters::call(Slot slot, Call call, CallResult result,
                    std::uint64_t microseconds) noexcept {
    std::size_t bucket = 0;
    while (bucket < kBuckets.size() &&
           kBuckets[bucket].microseconds < microseconds) {
        bucket++;
    }
    add(slot, Place::calls(call, result), 1);
    if (result == CallResult::limited || result == CallResult::shed) {
        return;  // it took no time
    }
    add(slot, Place::latency(call, bucket), 1);
    add(slot, Place::latency_sum(call), microseconds);
}

Counts Counters::sum(std::uint32_t provider) const noexcept {
    Counts counts{};
    const Row* const row = const_cast<Counters*>(this)->rows();

    if (provider >= providers_) {
        return counts;
    }
    for (std::uint32_t worker = 0; worker < workers_; worker++) {
        const auto& cells = row[worker * providers_ + provider].cells;
        for (std::size_t i = 0; i < cells.size(); i++) {
            counts[i] += cells[i].load(std::memory_order_relaxed);
        }
    }
    return counts;
}

}  // namespace metrics
