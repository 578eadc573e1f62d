// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/login_attempt.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/byte_io.hpp"
#include "crypto/digest.hpp"
#include "oidc/login/authorization_request.hpp"
#include "oidc/login/pkce.hpp"
#include "oidc/session/codec.hpp"
#include "oidc/session/session_cookies.hpp"
#include "oidc/web/cookie_sealer.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/web/own_origin.hpp"

namespace oidc::login {
namespace {

constexpr std::uint8_t kVersion = 2;
// The number of cookies of one name that are tried: another site of the domain
// may have set one in front of ours.
constexpr std::size_t kMaxTries = 4;

base::Result<std::string> random_text(Random& source, std::size_t bytes) {
    auto random = source.bytes(bytes);
    if (!random) {
        return random.error();
    }
    return base::base64url_encode(*random);
}

std::string encode(const LoginAttempt& a) {
    base::ByteWriter w;
    w.u8(kVersion)
        .blob(a.state)
        .blob(a.nonce)
        .blob(a.code_verifier.reveal())
        .blob(a.target.text())
        .blob(a.redirect_uri)
        .blob(a.issuer)
        .i64(a.created.time_since_epoch().count())
        .u32(a.round)
        .u32(a.finished);
    return std::move(w.bytes());
}

base::Result<LoginAttempt> decode(std::string_view bytes) {
    base::ByteReader r(bytes);
    if (r.u8() != kVersion) {
        return base::Errc::state_unknown;
    }
    LoginAttempt a;
    a.state = r.blob();
    a.nonce = r.blob();
    a.code_verifier = base::Secret(r.blob());
    auto target = base::SameOriginUri::parse(r.blob());
    a.redirect_uri = r.blob();
    a.issuer = r.blob();
    a.created = base::instant(r.i64());
    a.round = r.u32();
    a.finished = r.u32();
    if (!r.ok() || !r.at_end() || !target) {
        return base::Errc::state_unknown;
    }
    a.target = std::move(*target);
    return a;
}

base::Result<LoginAttempt> open(const RequestContext& c, std::string_view name,
                                std::string_view value) {
    const std::string host = session::session_binding(c.provider, c.facts);
    auto plain =
        c.ports.sealer.open({web::Purpose::login_attempt, name, c.provider.name,
                             c.provider.client_id, host},
                            value);
    if (!plain) {
        return base::Errc::state_unknown;
    }
    auto attempt = decode(*plain);
    base::wipe(plain->data(), plain->size());
    return attempt;
}

base::CookieAttributes attributes(const RequestContext& c) {
    base::CookieAttributes a = web::cookie_attributes(c.provider, c.facts);
    if (a.same_site == base::SameSite::strict) {
        // The callback is a navigation that another site begins.
        a.same_site = base::SameSite::lax;
    }
    return a;
}

std::optional<std::string> state_in(const RequestFacts& facts) {
    const auto form = base::Form::parse(facts.query);
    if (!form) {
        return std::nullopt;
    }
    const auto state = form->unique("state");
    return state && *state && login::is_state(**state)
               ? std::optional<std::string>(**state)
               : std::nullopt;
}

}  // namespace

bool is_state(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kMaxStateLength &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                      (c >= 'a' && c <= 'z') || c == '-' || c == '_';
           });
}

base::Result<LoginAttempt> make_attempt(const RequestContext& c,
                                        const base::SameOriginUri& target,
                                        unsigned round, base::Instant now) {
    auto state = random_text(c.ports.random, kStateBytes);
    auto nonce = random_text(c.ports.random, kStateBytes);
    auto verifier = make_code_verifier(c.ports.random);
    if (!state || !nonce || !verifier) {
        return base::Errc::random_failed;
    }
    LoginAttempt a;
    a.state = std::move(*state);
    a.nonce = std::move(*nonce);
    a.code_verifier = std::move(*verifier);
    a.target = target;
    a.redirect_uri = web::redirect_uri(c.provider, c.facts);
    a.issuer = c.provider.issuer;
    a.created = now;
    a.round = round;
    return a;
}

base::Result<std::string> remember_attempt(const RequestContext& c,
                                           const LoginAttempt& attempt) {
    const std::string name =
        web::login_cookie_name(c.provider, c.facts, attempt.state);
    const std::string host = session::session_binding(c.provider, c.facts);
    std::string plain = encode(attempt);
    auto sealed =
        c.ports.sealer.seal({web::Purpose::login_attempt, name, c.provider.name,
                             c.provider.client_id, host},
                            plain);
    base::wipe(plain.data(), plain.size());
    if (!sealed) {
        return sealed.error();
    }
    base::CookieAttributes kept = attributes(c);
    // A login that took too long starts again; what was left behind goes.
    kept.max_age = 2 * c.provider.login_timeout;
    return base::set_cookie(name, sealed->text(), kept);
}

std::string forget_attempt(const RequestContext& c, std::string_view state) {
    return base::expire_cookie(
        web::login_cookie_name(c.provider, c.facts, state), attributes(c));
}

base::Result<LoginAttempt> find_attempt(const RequestContext& c,
                                        std::string_view state) {
    if (!is_state(state)) {
        return base::Errc::state_unknown;
    }
    const std::string name = web::login_cookie_name(c.provider, c.facts, state);
    auto values = web::cookie_values(c.facts, name);
    values.resize(std::min(values.size(), kMaxTries));
    for (const std::string_view value : values) {
        auto attempt = open(c, name, value);
        if (attempt && crypto::equal(attempt->state, state)) {
            return attempt;
        }
    }
    return base::Errc::state_unknown;
}

bool is_expired(const LoginAttempt& attempt, const Provider& provider,
                base::Instant now) {
    return now >=
               base::saturating_add(attempt.created, provider.login_timeout) ||
           attempt.created > base::saturating_add(now, provider.leeway);
}

std::vector<std::string> make_room(const RequestContext& c, std::size_t size) {
    struct Kept {
        std::string name;
        std::size_t size;
        base::Instant created;
    };
    const std::string prefix = web::login_cookie_name(c.provider, c.facts, "");
    std::vector<Kept> kept;
    std::size_t line = size;
    const auto weigh = [&](base::CookiePair cookie) {
        if (!cookie.name.starts_with(prefix)) {
            line += cookie.name.size() + cookie.value.size() + 3;
            return;
        }
        auto attempt = open(c, cookie.name, cookie.value);
        kept.push_back({std::string(cookie.name),
                        cookie.name.size() + cookie.value.size(),
                        attempt ? attempt->created : base::Instant::min()});
    };
    for (const std::string_view header : c.facts.cookies) {
        base::each_cookie(header, weigh);
    }
    std::stable_sort(
        kept.begin(), kept.end(),
        [](const Kept& a, const Kept& b) { return a.created > b.created; });
    const std::size_t most = c.facts.header_line_bytes > kOtherHeaderBytes
                                 ? c.facts.header_line_bytes - kOtherHeaderBytes
                                 : kMaxCookieLineBytes;
    std::vector<std::string> expired;
    std::size_t count = 1;
    for (const Kept& cookie : kept) {
        size += cookie.size;
        line += cookie.size + 3;
        if (++count > web::kMaxLoginCookies || size > kMaxLoginCookieBytes ||
            line > most) {
            expired.push_back(base::expire_cookie(cookie.name, attributes(c)));
        }
    }
    return expired;
}

bool has_login_cookie(const Provider& provider, const RequestFacts& facts) {
    const auto state = state_in(facts);
    return state && !web::cookie_values(
                         facts, web::login_cookie_name(provider, facts, *state))
                         .empty();
}

bool has_own_state(const RequestFacts& facts) {
    const auto state = state_in(facts);
    return state && state->size() == kStateLength;
}

}  // namespace oidc::login
