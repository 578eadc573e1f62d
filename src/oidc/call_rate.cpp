// SPDX-License-Identifier: Apache-2.0
#include "oidc/call_rate.hpp"

#include <algorithm>

#include "oidc/step.hpp"

namespace oidc {
namespace {

constexpr std::uint32_t kPartLeft = 8;

// Of calls that are no renewals.
Urgency urgency_of(CallKind kind, bool of_session) noexcept {
    switch (kind) {
        case CallKind::token_code:
        case CallKind::password:
        case CallKind::revoke:
            return Urgency::person;
        case CallKind::token_refresh:
            return Urgency::refresh;
        case CallKind::userinfo:
            return of_session ? Urgency::person : Urgency::machine;
        case CallKind::discovery:
        case CallKind::jwks:
        case CallKind::token_client_credentials:
        case CallKind::introspection:
            break;
    }
    return Urgency::machine;
}

}  // namespace

Urgency urgency(const Call& call) noexcept {
    return call.is_renewal ? Urgency::renewal
                           : urgency_of(call.kind, call.of_session);
}

std::uint32_t CallRate::limit(Urgency wanted) const noexcept {
    bool is_there[static_cast<std::size_t>(Urgency::renewal) + 1] = {};
    for (unsigned kind = 0; kind < 32; kind++) {
        if ((kinds >> kind & 1) != 0) {
            is_there[static_cast<std::size_t>(
                urgency_of(static_cast<CallKind>(kind), true))] = true;
        }
    }
    const auto more_urgent = static_cast<std::uint32_t>(std::count(
        is_there, is_there + static_cast<std::size_t>(wanted), true));
    return std::max(number - more_urgent * (number / kPartLeft), 1u);
}

}  // namespace oidc
