// SPDX-License-Identifier: Apache-2.0
// Knows how a fuzz target says that something must hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Ends the program when it does not, in every kind of build.
inline void hold(bool invariant) {
    if (!invariant) {
        std::abort();
    }
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}
