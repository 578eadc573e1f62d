// SPDX-License-Identifier: Apache-2.0
// Knows how a session is told: it is saved, the browser comes back with the
// cookie, or with what is left of it.
#pragma once

#include <string>
#include <vector>

#include "oidc/fakes.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/record.hpp"

namespace oidc::test {

inline constexpr const char* kSessionCookie = "__Host-NGX_OIDC_SESSION";

class SessionStory : public World {
public:
    explicit SessionStory(Provider p = generic_provider())
        : World(std::move(p)) {}
    static Provider in_cookies() {
        Provider p = generic_provider();
        p.store = &session::cookie_store();
        return p;
    }

    oidc::session::Record record(std::string_view sub = "alice") const {
        oidc::session::Record r;
        r.provider = provider.name;
        r.issuer = provider.issuer;
        r.claims = R"({"sub":")" + std::string(sub) + R"("})";
        r.userinfo = R"({"a":1})";
        r.scope = "openid email";
        r.id_token = base::Secret("the-id-token");
        r.access_token = base::Secret("the-access-token");
        r.refresh_token = base::Secret("the-refresh-token");
        r.created = now;
        r.expires = now + provider.session_timeout;
        r.access_issued = now;
        r.access_expires = r.expires;
        return r;
    }

    // The reason word of what went wrong, or "saved".
    std::string save(std::string_view sub = "alice") {
        return save(record(sub));
    }
    std::string save(const oidc::session::Record& r) {
        Visit visit(*this, request());
        auto saved = session::save_session(visit.context(), r, now);
        const auto& cookies = saved.result();
        if (!cookies) {
            return std::string(base::word(cookies.error().code));
        }
        set_cookies = *cookies;
        jar.take(set_cookies);
        return "saved";
    }

    // Who the browser is, or the reason word.
    std::string load() { return load(request()); }
    std::string load(Request r) {
        Visit visit(*this, std::move(r));
        auto loaded = session::load_session(visit.context(), now);
        const auto& session = loaded.result();
        if (!session) {
            return std::string(base::word(session.error().code));
        }
        set_cookies = session->set_cookies;
        identity = session->identity;
        jar.take(set_cookies);
        return identity->user;
    }
    // The same as a worker sees it that has not met the cookie.
    std::string load_afresh() {
        ports.forget_identities();
        return load();
    }
    void end() {
        Visit visit(*this, request());
        set_cookies = *session::end_session(visit.context(), now).result();
        jar.take(set_cookies);
    }

    Request request() {
        Request r;
        r.host = host;
        r.scheme = scheme;
        return Visit::with_cookies(*this, std::move(r));
    }
    // With this Cookie header alone.
    Request request_with(std::string cookies) {
        Request r = request();
        r.cookies = {std::move(cookies)};
        return r;
    }
    std::string cookie() { return jar.fields().at(0); }
    std::string value() { return jar.cookies().at(0).value; }

    std::string host = "app.example";
    std::string scheme = "https";
    std::vector<std::string> set_cookies;  // of the last step
    IdentityRef identity;                  // of the last load
};

}  // namespace oidc::test
