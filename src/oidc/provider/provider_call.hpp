// SPDX-License-Identifier: Apache-2.0
// One use of the provider for a request, and what it may have to wait for:
// metadata, keys, newer keys, the flight. Each is awaited once, a flight a few
// times; a wait in vain ends as an error.
#pragma once

#include "oidc/flow.hpp"

namespace oidc::provider {

// How often a request waits for a flight of others before it gives up.
inline constexpr unsigned kMaxRounds = 3;

// A method that gives Progress is called again after the wait.
class ProviderCall {
public:
    explicit ProviderCall(const RequestContext& context) : c_(context) {}
    ~ProviderCall() { end_flight(); }
    ProviderCall(const ProviderCall&) = delete;
    ProviderCall& operator=(const ProviderCall&) = delete;

    enum class Wait { once, never };
    // idp_unreachable if there is none.
    Progress<const Metadata*> metadata(Wait = Wait::once);
    // Whether the keys are there, if the provider needs any; keys_unavailable.
    Progress<void> keys(Wait = Wait::once);
    // What to wait for if newer keys may mend this error; absent: they were
    // awaited, or it is another error.
    std::optional<Await> newer_keys(const base::Error&);

    struct Flight {
        crypto::Digest256 name;
        // Only if no other request has it.
        bool only_try = false;
        bool of_session = false;
    };
    // False: another request has, or had, the flight. idp_timeout after
    // kMaxRounds.
    Progress<bool> take_flight(const Flight&);
    // When the result is stored, and at the latest with the object.
    void end_flight();
    // To be called for Flow::resumed.
    void resumed(bool arrived);

    // Notes what became of the call.
    void note(const ProviderReply&, std::optional<base::Errc> error);
    CallOutcome outcome() const noexcept { return outcome_; }

private:
    RequestContext c_;
    crypto::Digest256 flight_{};
    bool has_flight_ = false;
    bool is_flight_awaited_ = false;
    std::optional<bool> took_flight_;  // the last wait's answer
    unsigned rounds_ = 0;
    bool is_metadata_awaited_ = false;
    bool are_keys_awaited_ = false;
    bool are_newer_keys_awaited_ = false;
    CallOutcome outcome_ = CallOutcome::ok;
};

}  // namespace oidc::provider
