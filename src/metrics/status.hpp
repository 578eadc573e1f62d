// SPDX-License-Identifier: Apache-2.0
// Renders the status page as JSON or as Prometheus text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/counts.hpp"

namespace metrics {

struct KeySetStatus {
    std::uint64_t generation;
    std::int64_t age;  // seconds since it was fetched
    bool stale;        // too old to verify anything
};

struct ProviderStatus {
    std::string name;
    Counts counts{};
    std::optional<KeySetStatus> key_set;  // absent: not here yet
};

// How full a table in shared memory is.
struct TableStatus {
    std::string zone;
    std::string table;  // "sessions", "tokens", …
    std::uint64_t entries;
    std::uint64_t used, capacity;  // in units of the table's own
    std::uint64_t evictions, rejections, recoveries;
};

// A session store in the network.
struct StoreStatus {
    std::string name;
    bool up;         // it answers the worker that was asked
    bool listening;  // changes by other nginx are heard of
};

struct Status {
    std::vector<ProviderStatus> providers;
    std::vector<StoreStatus> stores;
    std::vector<TableStatus> tables;
};

// One object; refusals that never happened are left out.
std::string to_json(const Status&);
// Text format 0.0.4. Every series is there from the start, so that rates
// know of the first event too; but refusals that never happened are not.
std::string to_prometheus(const Status&);

// Content-Type of to_prometheus.
inline constexpr std::string_view kPrometheusType =
    "text/plain; version=0.0.4; charset=utf-8";

}  // namespace metrics
