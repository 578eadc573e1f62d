// SPDX-License-Identifier: Apache-2.0
// Refreshes the tokens of a session before its access token expires (RFC 6749
// 6, OIDC Core 12): by one call for all its requests, over all workers, whose
// result is stored before any of them is answered.
#pragma once

#include "oidc/provider/provider_call.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/session/refresh_outcome.hpp"
#include "oidc/session/sessions.hpp"

namespace oidc::session {

// How long a failure is remembered for one session before the provider is
// called again; up to the second value if the provider asks for it.
inline constexpr base::Seconds kRefreshRest{10};
inline constexpr base::Seconds kMaxRefreshRest{60};
// How long an old cookie of a cookie store, or one of a session that the
// provider ended, leads to the outcome of the refresh.
inline constexpr base::Seconds kRefreshMemory{60};
class SessionRefresh {
public:
    explicit SessionRefresh(const RequestContext& context)
        : c_(context), call_(context) {}
    SessionRefresh(const SessionRefresh&) = delete;
    SessionRefresh& operator=(const SessionRefresh&) = delete;

    // The request's session. While its access token lives it is given as it
    // is, unless this request is the one that refreshes it; later the request
    // waits for new tokens. Errors as of load_session; session_ended after a
    // definite refusal; of the outcome unavailable when the access token has
    // expired and the provider gives no other.
    Progress<LoadedSession> begin(base::Instant now);
    Progress<LoadedSession> resumed(bool arrived, base::Instant now);
    Progress<LoadedSession> fetched(const ProviderReply&, base::Instant now);
    CallOutcome outcome() const noexcept { return call_.outcome(); }

private:
    // Where to continue after a wait.
    enum class Stage { begin, reply, refusal, verify, store, end };

    Progress<LoadedSession> approach(base::Instant now);
    Progress<LoadedSession> ask(base::Instant now);
    Progress<LoadedSession> ask_provider(const Metadata&, base::Instant now);
    Progress<LoadedSession> begin_again(base::Error otherwise,
                                        base::Instant now);
    Progress<LoadedSession> find_newer(base::Instant now);
    Progress<LoadedSession> verify(base::Instant now);
    Progress<LoadedSession> update(std::string claims, base::Instant now);
    Progress<LoadedSession> store(base::Instant now);
    Progress<LoadedSession> judge_refusal(base::Instant now);
    Progress<LoadedSession> fail(base::Error, base::Seconds rest,
                                 base::Instant now);
    Progress<LoadedSession> end_session_for(base::Error, base::Instant now);
    Progress<LoadedSession> end(base::Instant now);
    Progress<LoadedSession> without_new(base::Error, base::Instant now);
    Progress<LoadedSession> finish(base::Result<LoadedSession>);

    std::optional<Record> handed_over(base::Instant now);
    bool is_alive(base::Instant now) const { return now < alive_until_; }

    RequestContext c_;
    provider::ProviderCall call_;
    Stage stage_ = Stage::begin;
    FoundSession found_;
    LoadedSession as_it_is_;
    base::Instant alive_until_;            // its access token
    std::optional<RefreshOutcome> notes_;  // about found_'s token
    provider::TokenResponse tokens_;
    base::Error refusal_{base::Errc::session_ended};
    bool has_asked_turn_ = false;
    unsigned rounds_ = 0;
};

}  // namespace oidc::session
