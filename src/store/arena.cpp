// SPDX-License-Identifier: Apache-2.0
#include "store/arena.hpp"

namespace store {

void* Arena::take(std::size_t size, std::size_t align) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(at_);
    const std::size_t gap = (align - address % align) % align;

    if (gap > left_ || size > left_ - gap) {
        return nullptr;
    }
    char* const piece = at_ + gap;
    at_ = piece + size;
    left_ -= gap + size;
    return piece;
}

}  // namespace store
