// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/finished_logins.hpp"

#include <algorithm>

#include "base/byte_io.hpp"
#include "base/cookie.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/session_cookies.hpp"
#include "oidc/web/cookie_sealer.hpp"
#include "oidc/web/own_cookies.hpp"

namespace oidc::session {
namespace {

constexpr std::uint8_t kVersion = 1;
// Of cookies with this name so many are tried.
constexpr std::size_t kMaxTries = 4;

struct FinishedLogins {
    unsigned count;
    base::Instant when;
};

base::CookieAttributes attributes(const RequestContext& c) {
    const CookiePolicy& session = c.provider.cookie;

    return {.domain = session.domain,
            .same_site = session.same_site == base::SameSite::strict
                             ? base::SameSite::lax
                             : session.same_site,
            .secure = web::is_secure(c.provider, c.facts.scheme)};
}

// Sealed with the key of login attempts; the name tells them apart.
web::SealContext seal_context(const RequestContext& c, std::string_view name,
                              std::string_view host) {
    return {web::Purpose::login_attempt, name, c.provider.name,
            c.provider.client_id, host};
}

std::optional<FinishedLogins> open(const RequestContext& c,
                                   std::string_view name,
                                   std::string_view value) {
    const std::string host = session_binding(c.provider, c.facts);
    const auto plain = c.ports.sealer.open(seal_context(c, name, host), value);
    if (!plain) {
        return std::nullopt;
    }
    base::ByteReader in(*plain);
    const bool is_known = in.u8() == kVersion;
    const FinishedLogins logins{in.u32(), base::instant(in.i64())};
    return is_known && in.ok() && in.at_end() ? std::optional(logins)
                                              : std::nullopt;
}

}  // namespace

unsigned count_finished_logins(const RequestContext& c, base::Instant now) {
    const std::string name = web::logins_cookie_name(c.provider, c.facts);
    auto values = web::cookie_values(c.facts, name);
    std::optional<unsigned> lowest;

    values.resize(std::min(values.size(), kMaxTries));
    for (const std::string_view value : values) {
        const auto logins = open(c, name, value);
        if (logins && now < base::saturating_add(logins->when,
                                                 c.provider.login_timeout)) {
            lowest = std::min(lowest.value_or(logins->count), logins->count);
        }
    }
    return lowest.value_or(0);
}

base::Result<std::string> remember_finished_logins(const RequestContext& c,
                                                   unsigned count,
                                                   base::Instant now) {
    const std::string name = web::logins_cookie_name(c.provider, c.facts);
    const std::string host = session_binding(c.provider, c.facts);
    base::ByteWriter plain;

    plain.u8(kVersion).u32(count).i64(now.time_since_epoch().count());
    const auto sealed =
        c.ports.sealer.seal(seal_context(c, name, host), plain.bytes());
    if (!sealed) {
        return sealed.error();
    }
    return base::set_cookie(name, sealed->text(), attributes(c));
}

std::optional<std::string> forget_finished_logins(const RequestContext& c) {
    const std::string name = web::logins_cookie_name(c.provider, c.facts);

    if (web::cookie_values(c.facts, name).empty()) {
        return std::nullopt;
    }
    return base::expire_cookie(name, attributes(c));
}

base::Error login_does_not_stay(const RequestContext& c) {
    const auto cookies = read_session_cookies(c);
    const bool came = !cookies.cookies.empty() || cookies.damaged;

    if (came) {
        return {base::Errc::login_loop,
                "the logins succeeded, but the browser sends another session "
                "cookie than it was given: another host of the domain may set "
                "cookies of this name"};
    }
    if (!base::cookie_path_covers(c.provider.cookie.path, c.facts.path)) {
        return {base::Errc::login_loop,
                "the logins succeeded, but this page is outside of "
                "cookie_path"};
    }
    return {base::Errc::login_loop,
            "the logins succeeded, but the browser does not send the cookie of "
            "the session: it is blocked, or too large"};
}

}  // namespace oidc::session
