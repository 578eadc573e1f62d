// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/store.hpp"
#include "oidc/session/refresh.hpp"

#include <algorithm>

#include "oidc/token/id_token.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/provider/userinfo.hpp"
#include "oidc/policy.hpp"

namespace oidc::session {
namespace {

using base::Errc;
using base::Error;
using base::Instant;
using base::Seconds;
using Fate = RefreshOutcome::Fate;

// A refusal of this client says nothing about the user: 503 instead of 500, so
// that the browser repeats the request.
Error as_unavailable(const Error& error) {
    if (base::outcome(error.code) == base::Outcome::unavailable) {
        return error;
    }
    Error out(Errc::idp_error);
    out.why = error.why;
    return out;
}

// The new ID token's claims over what UserInfo said at the login.
std::string merged(const jose::Claims& claims, const Record& record,
                   Profile profile) {
    auto userinfo = jose::Claims::parse(record.userinfo);

    return !record.userinfo.empty() && userinfo
               ? provider::merge_claims(claims, *userinfo, profile)
               : std::string(claims.text());
}

}  // namespace

SessionRefresh::Progress SessionRefresh::begin(Instant now) {
    auto loaded = load_session(c_, now);
    if (!loaded || !loaded->refresh_due) {
        return finish(std::move(loaded));
    }
    auto found = find_session(c_, now);
    if (!found) {
        return finish(found.error());
    }
    found_ = std::move(*found);
    alive_until_ = found_.record.access_expires;
    as_it_is_ = std::move(*loaded);
    return approach(now);
}

// The session is due: results of other requests are used before a call is made.
SessionRefresh::Progress SessionRefresh::approach(Instant now) {
    for (;;) {
        auto notes = RefreshOutcome::about(c_, found_.record);
        if (!notes) {
            return finish(notes.error());
        }
        notes_.emplace(std::move(*notes));
        auto newer = handed_over(now);
        if (!newer) {
            break;
        }
        found_.record = std::move(*newer);
        auto session = renew_session(c_, found_, now);
        if (!session || now < refresh_from(c_.provider, found_.record)) {
            return finish(std::move(session));
        }
        alive_until_ = found_.record.access_expires;
        as_it_is_ = std::move(*session);
    }
    switch (notes_->fate(now)) {
        case Fate::ended:
            return finish(Errc::session_ended);
        case Fate::failed:
            return without_new(Error(Errc::idp_error,
                                     "the session's tokens could not be "
                                     "refreshed a moment ago"),
                               now);
        case Fate::none:
        case Fate::renewed:  // since then it has grown old again
            break;
    }
    return has_turn_ && turn_ == notes_->place() ? ask(now) : take_flight(now);
}

// Everything that the call and its reply need must exist before the flight is
// taken.
SessionRefresh::Progress SessionRefresh::take_flight(Instant now) {
    const bool alive = is_alive(now);

    end_flight();
    if (!c_.ports.metadata(c_.provider)) {
        if (alive || std::exchange(metadata_awaited_, true)) {
            return without_new(Errc::idp_unreachable, now);
        }
        return wait(Stage::metadata, {Await::What::metadata});
    }
    if (needs_keys(c_.provider) && !c_.ports.keys(c_.provider).set) {
        if (alive || std::exchange(keys_awaited_, true)) {
            return without_new(Errc::keys_unavailable, now);
        }
        return wait(Stage::keys, {Await::What::keys});
    }
    if (rounds_++ == kMaxRefreshRounds) {
        return without_new(Errc::idp_timeout, now);
    }
    turn_ = notes_->place();
    return wait(alive ? Stage::try_turn : Stage::turn,
                {Await::What::flight, 0, turn_, alive, true});
}

SessionRefresh::Progress SessionRefresh::resumed(bool arrived, Instant now) {
    switch (std::exchange(stage_, Stage::none)) {
        case Stage::try_turn:
            has_turn_ = arrived;
            return arrived ? begin(now) : finish(std::move(as_it_is_));
        case Stage::turn:
            has_turn_ = arrived;
            return begin(now);
        case Stage::metadata:
        case Stage::keys:
            return begin(now);
        case Stage::new_keys:
            return verify(now);
        case Stage::none:
        case Stage::reply:
            break;
    }
    return finish(Errc::internal_error);
}

SessionRefresh::Progress SessionRefresh::ask(Instant now) {
    const Metadata* metadata = c_.ports.metadata(c_.provider);

    if (!metadata) {
        return without_new(Errc::idp_unreachable, now);
    }
    if (metadata->endpoints.token.empty()) {
        return fail(Errc::endpoint_missing, kRefreshRest, now);
    }
    stage_ = Stage::reply;
    Call call = provider::refresh_request(c_.provider, *metadata,
                                          found_.record.refresh_token);
    call.of_session = true;
    return call;
}

SessionRefresh::Progress SessionRefresh::fetched(ProviderReply reply,
                                                 Instant now) {
    if (std::exchange(stage_, Stage::none) != Stage::reply) {
        return finish(Errc::internal_error);
    }
    auto tokens = provider::parse_token_response(reply, now);
    if (!tokens) {
        return refused(reply, tokens.error(), now);
    }
    tokens_ = std::move(*tokens);
    return tokens_.id_token.empty() ? store(found_.record.claims, now)
                                    : verify(now);
}

// The keys may have changed since ours were read: they are looked up once more
// while this request holds the flight.
SessionRefresh::Progress SessionRefresh::verify(Instant now) {
    const jose::KeySet none;
    const Keys known = c_.ports.keys(c_.provider);
    const auto before = jose::Claims::parse(found_.record.claims);
    if (!before) {
        return finish(Errc::session_invalid);
    }
    const auto claims = token::verify_refreshed_id_token(
        tokens_.id_token.reveal(), known.set ? *known.set : none, c_.provider,
        *before, tokens_.access_token.reveal(), now);
    if (claims) {
        return store(merged(*claims, found_.record, c_.provider.profile), now);
    }
    if (claims.error().code == Errc::unknown_kid &&
        !std::exchange(keys_are_new_, true)) {
        return wait(Stage::new_keys, {Await::What::keys, known.generation});
    }
    const Error error = unless_failing(known, claims.error());
    return error.code == Errc::keys_unavailable ? fail(error, kRefreshRest, now)
                                                : end_session_for(error, now);
}

// Members that the reply lacks are unchanged (RFC 6749 6, OIDC Core 12.2); the
// absolute limit is unchanged in any case.
SessionRefresh::Progress SessionRefresh::store(std::string claims,
                                               Instant now) {
    Record& record = found_.record;

    record.claims = std::move(claims);
    record.access_token = std::move(tokens_.access_token);
    if (!tokens_.id_token.empty()) {
        record.id_token = std::move(tokens_.id_token);
    }
    if (!tokens_.refresh_token.empty()) {
        record.refresh_token = std::move(tokens_.refresh_token);
    }
    if (tokens_.scope) {
        record.scope = *tokens_.scope;
    }
    record.access_issued = record.last_used = now;
    record.access_expires = tokens_.access_expires;

    auto session = renew_session(c_, found_, now);
    if (!session &&
        base::outcome(session.error().code) == base::Outcome::internal) {
        return fail(session.error(), kRefreshRest, now);
    }
    if (session && c_.provider.store == StoreKind::cookie) {
        notes_->hand_over(record, now, kRefreshMemory);
    }
    return finish(std::move(session));
}

// A word about the user ends the session, so that a navigation logs in again;
// an error of ours, or of the provider, does not.
SessionRefresh::Progress SessionRefresh::refused(const ProviderReply& reply,
                                                 Error error, Instant now) {
    if (!provider::is_about_user(reply)) {
        const Error meaning = provider::grant_error(reply, error, {});
        const Seconds rest =
            std::clamp(reply.retry_after.value_or(kRefreshRest), kRefreshRest,
                       kMaxRefreshRest);
        return fail(as_unavailable(meaning), rest, now);
    }
    // This call was too slow, and another request took the flight meanwhile.
    if (was_renewed(now)) {
        end_flight();
        return begin(now);
    }
    return end_session_for(error, now);
}

// The session continues until its access token expires.
SessionRefresh::Progress SessionRefresh::fail(Error error, Seconds rest,
                                              Instant now) {
    notes_->note(Fate::failed, now, rest);
    return without_new(error, now);
}

// Requests that wait, or have another copy of the cookie, do not call again.
SessionRefresh::Progress SessionRefresh::end_session_for(Error cause,
                                                         Instant now) {
    Error error(Errc::session_ended);

    error.why = cause.why;
    notes_->note(Fate::ended, now, kRefreshMemory);
    end_session(c_);
    return finish(error);
}

SessionRefresh::Progress SessionRefresh::without_new(Error error, Instant now) {
    return is_alive(now) ? finish(std::move(as_it_is_)) : finish(error);
}

SessionRefresh::Progress SessionRefresh::finish(
    base::Result<LoadedSession> session) {
    end_flight();
    return session;
}

SessionRefresh::Progress SessionRefresh::wait(Stage stage, Await what) {
    stage_ = stage;
    return what;
}

bool SessionRefresh::was_renewed(Instant now) {
    if (c_.provider.store == StoreKind::cookie) {
        return handed_over(now).has_value();
    }
    const auto again = find_session(c_, now);
    return again && again->handle.version != found_.handle.version;
}

// The session as renewed by another request with the same cookie or a copy of
// it. Cookies of the memory store lead to it by themselves.
std::optional<Record> SessionRefresh::handed_over(Instant now) {
    return c_.provider.store == StoreKind::cookie
               ? notes_->handed_over(found_.record, now)
               : std::nullopt;
}

bool SessionRefresh::is_alive(Instant now) const {
    return now < alive_until_;
}

void SessionRefresh::end_flight() {
    if (std::exchange(has_turn_, false)) {
        c_.ports.end_flight(turn_);
    }
}

}  // namespace oidc::session
