// SPDX-License-Identifier: Apache-2.0
// The names of what is counted, as enums and as words.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/errc.hpp"

namespace metrics {

#define ENUM(name) enum class name : std::uint8_t {
#define WORD(word) word,
#define END(name) \
    }             \
    ;
#include "metrics/counters.def"

using Reason = base::Errc;

// The words of an enum, in its order.
template <class Enum>
inline constexpr std::span<const std::string_view> kWords;

namespace words_of {

#define ENUM(name) inline constexpr std::string_view name[] = {
#define WORD(word) #word,
#define END(name) \
    }             \
    ;
#include "metrics/counters.def"

inline constexpr std::string_view Reason[] = {
#define X(word, outcome, sentence) #word,
#include "base/errors.def"
#undef X
};

}  // namespace words_of

#define ENUM(name)                                                    \
    template <>                                                       \
    inline constexpr std::span<const std::string_view> kWords<name> = \
        words_of::name;
#include "metrics/counters.def"
template <>
inline constexpr std::span<const std::string_view> kWords<Reason> =
    words_of::Reason;

struct Bucket {
    std::uint64_t microseconds;
    std::string_view seconds;
};
inline constexpr std::array kBuckets{
#define BUCKET(microseconds, seconds) Bucket{microseconds, seconds},
#include "metrics/counters.def"
};

}  // namespace metrics
