// SPDX-License-Identifier: Apache-2.0
// Throws std::bad_alloc when a library ran out of memory: a failed allocation
// must not be read as "invalid".
#pragma once

#include <new>

namespace base {

// Neither answer would be right, so this ends as a failed `new` does: at the
// guard where nginx or libcurl entered.
[[noreturn]] inline void out_of_memory() {
    throw std::bad_alloc();
}

}  // namespace base
