// SPDX-License-Identifier: Apache-2.0
// The kinds of calls, how often they are made, and whose come first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace oidc {

inline constexpr std::size_t kMaxCallRates = 8;  // of a provider

struct Call;

enum class CallKind : std::uint8_t {
    discovery,
    jwks,
    token_code,
    revoke,
#define EXCHANGED_METHOD(word, call, comes_as, endpoint, client) call,
#include "base/methods.def"
};

// What a call is for; the first comes first.
enum class Urgency : std::uint8_t {
    person,   // who waits for a page: logins, passwords, logouts
    refresh,  // of the tokens of a session
    machine,  // tokens of callers
    renewal   // of what is at hand still
};

Urgency urgency(const Call&) noexcept;

// So many calls of these kinds together in any second.
struct CallRate {
    std::uint32_t kinds = 0;  // a bit for each
    std::uint32_t number = 0;

    constexpr CallRate() = default;
    constexpr CallRate(std::initializer_list<CallKind> kinds_of,
                       std::uint32_t number_of)
        : number(number_of) {
        for (const CallKind kind : kinds_of) {
            add(kind);
        }
    }
    constexpr void add(CallKind kind) noexcept {
        kinds |= std::uint32_t{1} << static_cast<unsigned>(kind);
    }
    constexpr bool has(CallKind kind) const noexcept {
        return (kinds >> static_cast<unsigned>(kind) & 1) != 0;
    }
    // How many of the second's calls may be made already when one of this
    // urgency is made: for each one that is more urgent, and that this rate is
    // about, an eighth is left.
    std::uint32_t limit(Urgency) const noexcept;
};

}  // namespace oidc
