// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/login_response.hpp"

#include <algorithm>

#include "base/form.hpp"
#include "base/json_object.hpp"
#include "oidc/login/authorization_request.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/web/refusal.hpp"

namespace oidc::login {
namespace {

using base::Instant;
using session::Record;

// Those that were chosen and came.
template <class Visit>
void each_token(const Location& location, const session::Record& record,
                Visit visit) {
    const auto show = [&](bool chosen, std::string_view name,
                          const base::Secret& token) {
        if (chosen && !token.empty()) {
            visit(name, token.reveal());
        }
    };
    show(location.login_tokens.id, "id_token", record.id_token);
    show(location.login_tokens.access, "access_token", record.access_token);
    show(location.login_tokens.refresh, "refresh_token", record.refresh_token);
}

std::string with_tokens(const Location& location, const session::Record& record,
                        const std::string& target) {
    base::FormWriter form;
    each_token(location, record,
               [&](std::string_view name, std::string_view token) {
                   form.add(name, token);
               });
    if (form.text().empty()) {
        return target;
    }
    const std::string_view all = target;
    const std::size_t hash = std::min(all.find('#'), all.size());
    switch (location.login_redirect_mode) {
        case LoginRedirectMode::query:
            return base::with_query(all.substr(0, hash), form.text())
                .append(all.substr(hash));
        case LoginRedirectMode::fragment:
            return std::string(all.substr(0, hash))
                .append("#")
                .append(form.text());
    }
    return target;
}

// A redirect belongs to the navigation that the provider's page began; with it
// browsers do not send cookies that are SameSite=Strict (RFC 6265bis 5.2).
bool loses_strict_cookies(const RequestContext& c) {
    const std::string_view site = c.facts.sec_fetch_site;

    return c.provider.cookie.same_site == base::SameSite::strict &&
           site != "same-origin" && site != "same-site" && site != "none";
}

std::string describe(const Location& location, const session::Record& record,
                     const Identity& who, Instant now) {
    std::string text;
    {
        base::json::Object all(text);
        all.member("authenticated") += "true";
        all.text("user", who.user);
        all.text("provider", who.provider);
        all.integer("expires_in",
                    std::max<std::int64_t>((who.expires - now).count(), 0));
        each_token(location, record,
                   [&](std::string_view name, std::string_view token) {
                       all.text(name, token);
                   });
    }
    return text;
}

}  // namespace

base::Result<Step> make_login_response(const RequestContext& c,
                                       const base::SameOriginUri& target,
                                       const session::Record& record,
                                       Instant now) {
    if (c.location.login_action == LoginAction::redirect) {
        std::string next = with_tokens(c.location, record, target.text());
        return Step(loses_strict_cookies(c) ? web::go_on_from_here(next)
                                            : web::redirect(std::move(next)));
    }
    auto identity = session::identity_of(c.provider, record, now);
    if (!identity) {
        return identity.error();
    }
    if (c.location.login_action == LoginAction::response) {
        Response response;
        response.status = 200;
        response.content_type = "application/json; charset=utf-8";
        response.body = describe(c.location, record, **identity, now);
        return Step(std::move(response));
    }
    return Step(Allow{std::move(*identity), {}, std::nullopt});
}

}  // namespace oidc::login
