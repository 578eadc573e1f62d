// SPDX-License-Identifier: Apache-2.0
#include "store/rate_window.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace store {

// Slices between the newest one and now are empty.
void RateWindow::move_to(std::int64_t now) noexcept {
    const std::int64_t slice = now / kSlice;
    const std::int64_t oldest_kept = slice - static_cast<std::int64_t>(kSlices);

    for (std::int64_t s = std::max(slice_, oldest_kept) + 1; s <= slice; s++) {
        counts_[static_cast<std::size_t>(s) % kSlices] = 0;
    }
    slice_ = std::max(slice_, slice);
}

std::uint32_t RateWindow::used(std::int64_t now) noexcept {
    move_to(now);
    return std::accumulate(std::begin(counts_), std::end(counts_), 0u);
}

void RateWindow::add(std::int64_t now) noexcept {
    move_to(now);
    ++counts_[static_cast<std::size_t>(slice_) % kSlices];
}

}  // namespace store
