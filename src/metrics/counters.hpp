// SPDX-License-Identifier: Apache-2.0
// Counters of all workers, in shared memory.
#pragma once

#include <atomic>
#include <cstdint>

#include "metrics/counts.hpp"

namespace metrics {

inline constexpr std::uint32_t kMaxWorkers = 64;
inline constexpr std::uint32_t kMaxProviders = 64;

// The place of a worker and a provider. Workers beyond those provided for share
// a place; counts of other providers are lost.
struct Slot {
    std::uint32_t worker;
    std::uint32_t provider;
};

// No lock: each worker has cache lines of its own, and adds atomically, as
// old and new workers overlap at a reload.
class Counters {
public:
    // The size of the memory that `create` needs, aligned to 64. Both numbers
    // are limited to 1 … their maximum.
    static std::size_t bytes(std::uint32_t workers,
                             std::uint32_t providers) noexcept;
    // All zero; nullptr when `size` is less than `bytes`.
    static Counters* create(void* memory, std::size_t size,
                            std::uint32_t workers,
                            std::uint32_t providers) noexcept;
    // What `create` made there; nullptr when that was a module that counts
    // something else.
    static Counters* attach(void* memory) noexcept;

    // One more at a place of Place.
    void count(Slot slot, std::size_t place) noexcept { add(slot, place, 1); }
    // With its latency.
    void call(Slot, Call, CallResult, std::uint64_t microseconds) noexcept;

    // Over all workers. A count may be a moment older than another.
    Counts sum(std::uint32_t provider) const noexcept;

private:
    using Cell = std::atomic<std::uint64_t>;
    static_assert(Cell::is_always_lock_free);
    struct alignas(64) Row {
        std::array<Cell, kCounters> cells;
    };
    Counters(std::uint32_t workers, std::uint32_t providers) noexcept
        : workers_(workers), providers_(providers) {}
    Row* rows() noexcept;
    void add(Slot, std::size_t place, std::uint64_t amount) noexcept;

    std::uint32_t magic_ = 0x434e5453;
    std::uint32_t layout_ = kCounters;
    std::uint32_t workers_;
    std::uint32_t providers_;
};

}  // namespace metrics
