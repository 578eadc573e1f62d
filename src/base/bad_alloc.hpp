// SPDX-License-Identifier: Apache-2.0
// Knows what it means that a library had no memory for what it was asked.
#pragma once

#include <new>

namespace base {

// Nothing that was asked for is so or not so: this ends as it does where `new`
// has no memory, at the place where nginx or libcurl entered.
[[noreturn]] inline void out_of_memory() {
    throw std::bad_alloc();
}

}  // namespace base
