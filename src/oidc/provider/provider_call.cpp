// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/provider_call.hpp"

#include <utility>

#include "oidc/provider/reply.hpp"

namespace oidc::provider {

using base::Errc;

Progress<const Metadata*> ProviderCall::metadata(Wait wait) {
    if (const Metadata* known = c_.ports.provider.metadata()) {
        return known;
    }
    if (wait == Wait::never || std::exchange(is_metadata_awaited_, true)) {
        return Errc::idp_unreachable;
    }
    return Await{Await::What::metadata};
}

Progress<void> ProviderCall::keys(Wait wait) {
    const Keys known = c_.ports.provider.keys();

    if (!needs_keys(c_.provider) || known.set) {
        return base::Status();
    }
    if (wait == Wait::never || std::exchange(are_keys_awaited_, true)) {
        return no_keys(known);
    }
    return Await{Await::What::keys};
}

std::optional<Await> ProviderCall::newer_keys(const base::Error& error) {
    const bool may_help =
        error.code == Errc::unknown_kid || error.code == Errc::keys_unavailable;

    if (!may_help || std::exchange(are_newer_keys_awaited_, true)) {
        return std::nullopt;
    }
    return Await{Await::What::keys, c_.ports.provider.keys().generation};
}

Progress<bool> ProviderCall::take_flight(const Flight& flight) {
    const auto took = std::exchange(took_flight_, std::nullopt);

    if (has_flight_ && flight_ == flight.name) {
        return true;
    }
    if (flight.only_try && took == false) {
        return false;
    }
    end_flight();
    if (rounds_++ == kMaxRounds) {
        return Errc::idp_timeout;
    }
    flight_ = flight.name;
    is_flight_awaited_ = true;
    return Await{.what = Await::What::flight,
                 .flight = flight.name,
                 .only_try = flight.only_try,
                 .of_session = flight.of_session};
}

void ProviderCall::end_flight() {
    if (std::exchange(has_flight_, false)) {
        c_.ports.provider.end_flight(flight_);
    }
}

void ProviderCall::resumed(bool arrived) {
    if (std::exchange(is_flight_awaited_, false)) {
        has_flight_ = arrived;
        took_flight_ = arrived;
    }
}

void ProviderCall::note(const ProviderReply& reply,
                        std::optional<base::Errc> error) {
    outcome_ = outcome_of(reply, error);
}

}  // namespace oidc::provider
