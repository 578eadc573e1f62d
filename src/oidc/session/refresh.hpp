// SPDX-License-Identifier: Apache-2.0
// Refreshes the tokens of a session before its access token expires (RFC 6749
// 6, OIDC Core 12): by one call for all its requests, over all workers, whose
// result is stored before any of them is answered.
#pragma once

#include <variant>

#include "oidc/session/refresh_outcome.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/step.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {

// How long a failure is remembered for one session before the provider is
// called again; up to the second value if the provider asks for it.
inline constexpr base::Seconds kRefreshRest{10};
inline constexpr base::Seconds kMaxRefreshRest{60};
// How long an old cookie of a cookie store, or one of a session that the
// provider ended, leads to the outcome of the refresh.
inline constexpr base::Seconds kRefreshMemory{60};
// How often a request waits for others before it gives up.
inline constexpr unsigned kMaxRefreshRounds = 3;

class SessionRefresh {
public:
    using Progress = std::variant<Call, Await, base::Result<LoadedSession>>;

    explicit SessionRefresh(const RequestContext& context) : c_(context) {}
    SessionRefresh(const SessionRefresh&) = delete;
    SessionRefresh& operator=(const SessionRefresh&) = delete;

    // The request's session. While its access token lives it is given as it
    // is, unless this request is the one that refreshes it; later the request
    // waits for new tokens. Errors as of load_session; session_ended after a
    // definite refusal; of the outcome unavailable when the access token has
    // expired and the provider gives no other.
    Progress begin(base::Instant now);
    bool is_waiting() const noexcept { return stage_ != Stage::none; }
    Progress resumed(bool arrived, base::Instant now);
    Progress fetched(ProviderReply, base::Instant now);

private:
    enum class Stage { none, metadata, keys, try_turn, turn, reply, new_keys };

    Progress approach(base::Instant now);
    Progress take_flight(base::Instant now);
    Progress ask(base::Instant now);
    Progress verify(base::Instant now);
    Progress store(std::string claims, base::Instant now);
    Progress refused(const ProviderReply&, base::Error, base::Instant now);
    Progress fail(base::Error, base::Seconds rest, base::Instant now);
    Progress end_session_for(base::Error, base::Instant now);
    Progress without_new(base::Error, base::Instant now);
    Progress finish(base::Result<LoadedSession>);
    Progress wait(Stage, Await);

    bool was_renewed(base::Instant now);
    std::optional<Record> handed_over(base::Instant now);
    bool is_alive(base::Instant now) const;
    void end_flight();

    RequestContext c_;
    Stage stage_ = Stage::none;
    FoundSession found_;
    LoadedSession as_it_is_;
    base::Instant alive_until_;            // its access token
    std::optional<RefreshOutcome> notes_;  // about found_'s token
    crypto::Digest256 turn_{};
    bool has_turn_ = false;
    unsigned rounds_ = 0;
    // Each is awaited once.
    bool metadata_awaited_ = false;
    bool keys_awaited_ = false;
    bool keys_are_new_ = false;
    provider::TokenResponse tokens_;
};

}  // namespace oidc::session
