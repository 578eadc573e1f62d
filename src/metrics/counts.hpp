// SPDX-License-Identifier: Apache-2.0
// The offset of each counter of a provider, and the sums over all workers.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "metrics/words.hpp"

namespace metrics {

template <class Enum>
constexpr std::size_t number(Enum value) noexcept {
    return static_cast<std::size_t>(value);
}

enum class Family {
#define FAMILY(name, metric, help, Rows, row_label, Columns, column_label) name,
#define WORD_FAMILY(name, metric, help, Words, label, shown) name,
#include "metrics/counters.def"
};

enum class Shown { always, when_counted };

// Without rows, it has one, which has no word.
struct FamilyTraits {
    std::string_view name;
    std::string_view metric;
    std::string_view help;
    std::span<const std::string_view> rows;
    std::string_view row_label;
    std::span<const std::string_view> columns;
    std::string_view column_label;
    Shown shown = Shown::always;

    constexpr std::size_t size() const noexcept {
        return (rows.empty() ? 1 : rows.size()) * columns.size();
    }
};

inline constexpr FamilyTraits kFamilies[] = {
#define FAMILY(name, metric, help, Rows, row_label, Columns, column_label) \
    {#name,     metric,          help,         kWords<Rows>,               \
     row_label, kWords<Columns>, column_label, Shown::always},
#define WORD_FAMILY(name, metric, help, Words, label, shown) \
    {#name, metric, help, {}, "", kWords<Words>, label, Shown::shown},
#include "metrics/counters.def"
};

// The place of a counter. Behind the families, each kind of call has a
// histogram: its buckets, what was slower than all of them, and the sum of
// microseconds.
struct Place {
    static constexpr std::size_t begin(Family family) noexcept {
        std::size_t at = 0;
        for (std::size_t f = 0; f < number(family); f++) {
            at += kFamilies[f].size();
        }
        return at;
    }
    static constexpr std::size_t of(Family family, std::size_t row,
                                    std::size_t column) noexcept {
        return begin(family) + row * kFamilies[number(family)].columns.size() +
               column;
    }

#define FAMILY(name, metric, help, Rows, row_label, Columns, column_label)     \
    static constexpr std::size_t name(Rows row, Columns column) noexcept {     \
        constexpr std::size_t kBegin = begin(Family::name);                    \
        return kBegin + number(row) * kWords<Columns>.size() + number(column); \
    }
#define WORD_FAMILY(name, metric, help, Words, label, shown) \
    static constexpr std::size_t name(Words word) noexcept { \
        constexpr std::size_t kBegin = begin(Family::name);  \
        return kBegin + number(word);                        \
    }
#include "metrics/counters.def"

    static constexpr std::size_t kHistogram = kBuckets.size() + 2;
    static constexpr std::size_t histograms() noexcept {
        std::size_t at = 0;
        for (const FamilyTraits& family : kFamilies) {
            at += family.size();
        }
        return at;
    }
    // `bucket` may be kBuckets.size(): slower than all.
    static constexpr std::size_t latency(Call c, std::size_t bucket) noexcept {
        constexpr std::size_t kBegin = histograms();
        return kBegin + number(c) * kHistogram + bucket;
    }
    static constexpr std::size_t latency_sum(Call c) noexcept {
        return latency(c, kBuckets.size() + 1);
    }
};

inline constexpr std::size_t kCounters =
    Place::histograms() + kWords<Call>.size() * Place::kHistogram;

// What was counted for one provider, over all workers.
using Counts = std::array<std::uint64_t, kCounters>;

}  // namespace metrics
