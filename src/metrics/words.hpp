// SPDX-License-Identifier: Apache-2.0
// The names of what is counted, as enums and as words.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/errc.hpp"

namespace metrics {

#define WORD(word) word,
enum class Method : std::uint8_t {
#define METHOD WORD
#include "metrics/counters.def"
};
enum class Result : std::uint8_t {
#define RESULT WORD
#include "metrics/counters.def"
};
enum class Call : std::uint8_t {
#define CALL WORD
#include "metrics/counters.def"
};
enum class CallResult : std::uint8_t {
#define CALL_RESULT WORD
#include "metrics/counters.def"
};
enum class Saving : std::uint8_t {
#define SAVING WORD
#include "metrics/counters.def"
};
enum class Verdict : std::uint8_t {
#define VERDICT WORD
#include "metrics/counters.def"
};
#undef WORD

// The words of each enum, in its order.
#define WORD(word) std::string_view(#word),
inline constexpr std::array kMethods{
#define METHOD WORD
#include "metrics/counters.def"
};
inline constexpr std::array kResults{
#define RESULT WORD
#include "metrics/counters.def"
};
inline constexpr std::array kCalls{
#define CALL WORD
#include "metrics/counters.def"
};
inline constexpr std::array kCallResults{
#define CALL_RESULT WORD
#include "metrics/counters.def"
};
inline constexpr std::array kSavings{
#define SAVING WORD
#include "metrics/counters.def"
};
inline constexpr std::array kVerdicts{
#define VERDICT WORD
#include "metrics/counters.def"
};
#undef WORD

// The words of base::Errc.
inline constexpr std::array kReasons{
#define X(word, outcome, sentence) std::string_view(#word),
#include "base/errors.def"
#undef X
};

struct Bucket {
    std::uint64_t microseconds;
    std::string_view seconds;
};
inline constexpr std::array kBuckets{
#define BUCKET(microseconds, seconds) Bucket{microseconds, seconds},
#include "metrics/counters.def"
};

}  // namespace metrics
