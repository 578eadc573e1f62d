// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/refresh.hpp"

#include <algorithm>
#include <utility>

#include "oidc/policy.hpp"
#include "oidc/provider/userinfo.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/token/id_token.hpp"

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

Progress<LoadedSession> SessionRefresh::begin(Instant now) {
    stage_ = Stage::begin;
    auto loading = load_session(c_, now);
    if (loading.is_waiting()) {
        return loading;
    }
    auto& loaded = loading.result();
    if (!loaded || !loaded->due) {
        return finish(std::move(loaded));
    }
    found_ = std::move(*loaded->due);
    alive_until_ = found_.record.access_expires;
    as_it_is_ = std::move(*loaded);
    return approach(now);
}

// The session is due: results of other requests are used before a call is made.
Progress<LoadedSession> SessionRefresh::approach(Instant now) {
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
        auto renewing = renew_session(c_, found_, now);
        if (renewing.is_waiting()) {
            return renewing;
        }
        auto& session = renewing.result();
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
    return ask(now);
}

// Everything that the call and its reply need must exist before the flight is
// taken.
Progress<LoadedSession> SessionRefresh::ask(Instant now) {
    using Wait = provider::ProviderCall::Wait;
    const bool alive = is_alive(now);
    const Wait wait = alive ? Wait::never : Wait::once;

    auto metadata = call_.metadata(wait);
    if (metadata.is_waiting()) {
        return std::move(metadata.need());
    }
    auto keys = call_.keys(wait);
    if (keys.is_waiting()) {
        return std::move(keys.need());
    }
    if (!metadata.result() || !keys.result()) {
        return without_new(metadata.result() ? keys.result().error()
                                             : metadata.result().error(),
                           now);
    }
    auto flight = call_.take_flight({notes_->place(), alive, true});
    if (flight.is_waiting()) {
        return std::move(flight.need());
    }
    if (!flight.result()) {
        return without_new(flight.result().error(), now);
    }
    if (!*flight.result()) {
        return finish(std::move(as_it_is_));
    }
    has_asked_turn_ = true;
    auto turn =
        store_of(c_.provider)
            .take_turn(c_, read_session_cookies(c_),
                       std::string(found_.cookie.reveal()), found_, alive);
    if (turn.is_waiting()) {
        return std::move(turn.need());
    }
    if (!turn.result()) {
        return without_new(turn.result().error(), now);
    }
    switch (*turn.result()) {
        case Turn::ours:
            break;
        case Turn::others:
            return without_new(Errc::idp_timeout, now);
        case Turn::passed:
            return begin_again(Errc::idp_timeout, now);
    }
    return ask_provider(**metadata.result(), now);
}

Progress<LoadedSession> SessionRefresh::ask_provider(const Metadata& metadata,
                                                     Instant now) {
    auto call = provider::refresh_request(c_, metadata,
                                          found_.record.refresh_token, now);
    if (!call) {
        return fail(call.error(), kRefreshRest, now);
    }
    call->of_session = true;
    stage_ = Stage::reply;
    return std::move(*call);
}

Progress<LoadedSession> SessionRefresh::resumed(bool arrived, Instant now) {
    call_.resumed(arrived);
    switch (stage_) {
        case Stage::begin:
            return begin(now);
        case Stage::refusal:
            return find_newer(now);
        case Stage::verify:
            return verify(now);
        case Stage::store:
            return store(now);
        case Stage::end:
            return end(now);
        case Stage::reply:
            break;
    }
    return finish(Errc::internal_error);
}

// A word about the user ends the session, so that a navigation logs in again;
// an error of ours, or of the provider, does not.
Progress<LoadedSession> SessionRefresh::fetched(const ProviderReply& reply,
                                                Instant now) {
    if (stage_ != Stage::reply) {
        return finish(Errc::internal_error);
    }
    auto tokens = provider::parse_token_response(reply, now);
    if (tokens) {
        call_.note(reply, std::nullopt);
        tokens_ = std::move(*tokens);
        return tokens_.id_token.empty() ? update(found_.record.claims, now)
                                        : verify(now);
    }
    call_.note(reply, tokens.error().code);
    if (provider::is_about_user(reply)) {
        refusal_ = tokens.error();
        return judge_refusal(now);
    }
    const Error meaning = provider::grant_error(reply, tokens.error(), {});
    const Seconds rest = std::clamp(reply.retry_after.value_or(kRefreshRest),
                                    kRefreshRest, kMaxRefreshRest);
    return fail(as_unavailable(meaning), rest, now);
}

// The keys may have changed since ours were read: they are looked up once more
// while this request holds the flight.
Progress<LoadedSession> SessionRefresh::verify(Instant now) {
    const jose::KeySet none;
    const Keys known = c_.ports.provider.keys();
    const auto before = jose::Claims::parse(found_.record.claims);
    if (!before) {
        return finish(Errc::session_invalid);
    }
    const auto claims = token::verify_refreshed_id_token(
        tokens_.id_token.reveal(), known.set ? *known.set : none, c_.provider,
        *before, tokens_.access_token.reveal(), now);
    if (claims) {
        return update(merged(*claims, found_.record, c_.provider.profile), now);
    }
    if (const auto newer = call_.newer_keys(claims.error())) {
        stage_ = Stage::verify;
        return *newer;
    }
    const Error error = unless_failing(known, claims.error());
    return error.code == Errc::keys_unavailable ? fail(error, kRefreshRest, now)
                                                : end_session_for(error, now);
}

// Members that the reply lacks are unchanged (RFC 6749 6, OIDC Core 12.2); the
// absolute limit is unchanged in any case.
Progress<LoadedSession> SessionRefresh::update(std::string claims,
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
    return store(now);
}

Progress<LoadedSession> SessionRefresh::store(Instant now) {
    stage_ = Stage::store;
    auto renewing = renew_session(c_, found_, now);
    if (renewing.is_waiting()) {
        return renewing;
    }
    auto& session = renewing.result();
    if (!session && session.error().code == Errc::session_changed) {
        return begin_again(session.error(), now);
    }
    if (!session &&
        base::outcome(session.error().code) == base::Outcome::internal) {
        return fail(session.error(), kRefreshRest, now);
    }
    if (session && !store_of(c_.provider).keeps_cookie()) {
        notes_->hand_over(found_.record, now, kRefreshMemory);
    }
    return finish(std::move(session));
}

// If this call was too slow, another request took the flight meanwhile and has
// renewed the session.
Progress<LoadedSession> SessionRefresh::judge_refusal(Instant now) {
    if (!store_of(c_.provider).keeps_cookie()) {
        return handed_over(now) ? begin_again(refusal_, now)
                                : end_session_for(refusal_, now);
    }
    store_of(c_.provider)
        .distrust(c_, read_session_cookies(c_),
                  std::string(found_.cookie.reveal()));
    return find_newer(now);
}

Progress<LoadedSession> SessionRefresh::find_newer(Instant now) {
    stage_ = Stage::refusal;
    auto finding = find_session(c_, now);
    if (finding.is_waiting()) {
        return std::move(finding.need());
    }
    const auto& again = finding.result();
    if (!again && again.error().code == Errc::store_unavailable) {
        return finish(again.error());
    }
    return again && again->record.access_token.reveal() !=
                        found_.record.access_token.reveal()
               ? begin_again(refusal_, now)
               : end_session_for(refusal_, now);
}

// The session is another one than this request knew.
Progress<LoadedSession> SessionRefresh::begin_again(Error otherwise,
                                                    Instant now) {
    if (rounds_++ == provider::kMaxRounds) {
        return without_new(otherwise, now);
    }
    const Store& store = store_of(c_.provider);
    const SessionCookies presented = read_session_cookies(c_);
    const std::string cookie(found_.cookie.reveal());
    store.end_turn(c_, presented, cookie);
    store.distrust(c_, presented, cookie);
    call_.end_flight();
    return begin(now);
}

// The session continues until its access token expires.
Progress<LoadedSession> SessionRefresh::fail(Error error, Seconds rest,
                                             Instant now) {
    notes_->note(Fate::failed, now, rest);
    return without_new(error, now);
}

// Requests that wait, or have another copy of the cookie, do not call again.
Progress<LoadedSession> SessionRefresh::end_session_for(Error cause,
                                                        Instant now) {
    refusal_ = Error(Errc::session_ended);
    refusal_.why = cause.why;
    notes_->note(Fate::ended, now, kRefreshMemory);
    return end(now);
}

Progress<LoadedSession> SessionRefresh::end(Instant now) {
    stage_ = Stage::end;
    auto ended = end_session(c_, now);
    if (ended.is_waiting()) {
        return std::move(ended.need());
    }
    return finish(refusal_);
}

Progress<LoadedSession> SessionRefresh::without_new(Error error, Instant now) {
    return is_alive(now) ? finish(std::move(as_it_is_)) : finish(error);
}

Progress<LoadedSession> SessionRefresh::finish(
    base::Result<LoadedSession> session) {
    if (std::exchange(has_asked_turn_, false)) {
        store_of(c_.provider)
            .end_turn(c_, read_session_cookies(c_),
                      std::string(found_.cookie.reveal()));
    }
    call_.end_flight();
    return session;
}

// The session as renewed by another request with the same cookie or a copy of
// it. Cookies that are kept lead to it by themselves.
std::optional<Record> SessionRefresh::handed_over(Instant now) {
    return store_of(c_.provider).keeps_cookie()
               ? std::nullopt
               : notes_->handed_over(RefreshOutcome::version_of(found_.record),
                                     now);
}

}  // namespace oidc::session
