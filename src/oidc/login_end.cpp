#include "oidc/login_end.hpp"

#include <algorithm>

#include "base/json_object.hpp"
#include "oidc/answer.hpp"
#include "oidc/authorize.hpp"
#include "oidc/sessions.hpp"

namespace oidc {
namespace {

using base::Instant;
using session::Record;

// Those that were chosen and came.
template <class Visit>
void each_token(const Location& location, const Record& record, Visit visit) {
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

std::string with_tokens(const Location& location, const Record& record,
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
            return with_query(all.substr(0, hash), form.text())
                .append(all.substr(hash));
        case LoginRedirectMode::fragment:
            return std::string(all.substr(0, hash))
                .append("#")
                .append(form.text());
    }
    return target;
}

std::string describe(const Location& location, const Record& record,
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

base::Result<Step> end_login(const Context& c,
                             const base::SameOriginUri& target,
                             const Record& record, Instant now) {
    if (c.location.login_action == LoginAction::redirect) {
        return Step(redirect(with_tokens(c.location, record, target.text())));
    }
    auto identity = identity_of(c.provider, record, now);
    if (!identity) {
        return identity.error();
    }
    if (c.location.login_action == LoginAction::response) {
        Answer answer;
        answer.status = 200;
        answer.content_type = "application/json; charset=utf-8";
        answer.body = describe(c.location, record, **identity, now);
        return Step(std::move(answer));
    }
    return Step(Allow{std::move(*identity), {}, std::nullopt});
}

}  // namespace oidc
