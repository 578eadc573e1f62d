// SPDX-License-Identifier: Apache-2.0
// The reason words of errors.def, and the outcome that each one leads to.
#pragma once

#include <cstdint>
#include <string_view>

namespace base {

enum class Errc : std::uint8_t {
#define X(word, outcome, sentence) word,
#include "base/errors.def"
#undef X
};

enum class Outcome : std::uint8_t {
    unauthenticated,  // 401, or the way to log in
    invalid_request,  // 400
    invalid_token,    // 401 with error="invalid_token"
    forbidden,        // 403
    callback,         // 400 and a page with a way to try again
    not_allowed,      // 405
    unavailable,      // 503 with Retry-After
    internal,         // 500
};

std::string_view word(Errc) noexcept;
std::string_view sentence(Errc) noexcept;  // lower case, no full stop
Outcome outcome(Errc) noexcept;

// `why` refers to static storage, so that nothing a peer sent, and no secret,
// can reach a log through an error.
struct Error {
    Errc code;
    std::string_view why;  // never empty

    Error(Errc c) noexcept : code(c), why(sentence(c)) {}
    template <std::size_t N>
    constexpr Error(Errc c, const char (&literal)[N]) noexcept
        : code(c), why(literal, N - 1) {}
};

}  // namespace base
