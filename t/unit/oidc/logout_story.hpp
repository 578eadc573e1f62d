// SPDX-License-Identifier: Apache-2.0
// Knows how a provider's logout is told: somebody is logged in, with a sid;
// the provider says that this is over; the browser comes back.
#pragma once

#include <string>

#include "oidc/login_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/logout/backchannel_logout.hpp"
#include "oidc/logout/frontchannel_logout.hpp"
#include "oidc/session/sessions.hpp"

namespace oidc::test {

inline constexpr const char* kFront = "/front";
inline constexpr const char* kBack = "/back";

class LogoutStory : public LoginStory {
public:
    explicit LogoutStory(Provider p = told(generic_provider()))
        : LoginStory(std::move(p)) {}

    static Provider told(Provider p) {
        p.logout.frontchannel_path = kFront;
        p.logout.backchannel_path = kBack;
        return p;
    }
    static Provider in_cookies() {
        Provider p = told(generic_provider());
        p.store = &session::cookie_store();
        return p;
    }

    // A browser logs in; its jar.
    CookieJar browser(const char* sid, const char* sub = "user-1") {
        jar = CookieJar();
        begin();
        EXPECT_EQ(summary(arrive()), "call");
        Payload claims = good().set("sub", json_string(sub));
        if (sid) {
            claims.set("sid", json_string(sid));
        }
        EXPECT_EQ(summary(reply_tokens(claims)), "302");
        now += base::Seconds(1);  // a logout is never in the same second
        return jar;
    }
    // What the next request of the browser meets: "in", or the reason word.
    std::string meet(const CookieJar& browser) {
        jar = browser;
        Visit visit(*this, Visit::with_cookies(*this, Request{}));
        auto loaded = session::load_session(visit.context(), now);
        const auto& session = loaded.result();
        return session ? "in" : std::string(base::word(session.error().code));
    }
    std::string meet_afresh(const CookieJar& browser) {
        ports.forget_identities();
        return meet(browser);
    }

    Payload logout_claims() const {
        Payload c;
        c.set("iss", json_string(provider.issuer))
            .set("aud", json_string(provider.client_id))
            .set("iat", number(now))
            .set("exp", number(now + base::Seconds(120)))
            .set("jti", json_string("jti-" + std::to_string(++minted_)))
            .set(
                "events",
                R"({"http://schemas.openid.net/event/backchannel-logout":{}})");
        return c;
    }
    Payload of_sid(const char* sid) const {
        return logout_claims().set("sid", json_string(sid));
    }
    Payload of_sub(const char* sub) const {
        return logout_claims().set("sub", json_string(sub));
    }

    std::string tell(const Payload& claims) {
        return tell_token(SigningKey::ours().token(claims.text()));
    }
    std::string tell_token(const std::string& token) {
        return tell_form("logout_token=" + token);
    }
    std::string tell_form(std::string form) {
        Request r = Request::plain(kBack);
        r.method = "POST";
        r.content_type = "application/x-www-form-urlencoded";
        r.body = std::move(form);
        return tell_by(std::move(r));
    }
    std::string tell_by(Request request) {
        flow_.reset();  // it refers to the visit
        visit_ = std::make_unique<Visit>(*this, std::move(request));
        flow_ = logout::backchannel_logout(visit_->context());
        return keep(flow_->begin(now));
    }
    std::string resume(bool arrived) {
        return keep(flow_->resumed(arrived, now));
    }

    // A frame on the provider's page, in the browser.
    std::string frame(const CookieJar& browser, std::string query) {
        Request r;
        r.uri = std::string(kFront) + query;
        r.sec_fetch_site = "cross-site";
        r.sec_fetch_dest = "iframe";
        return frame_by(browser, std::move(r));
    }
    std::string frame_by(const CookieJar& browser, Request request) {
        jar = browser;
        flow_.reset();  // it refers to the visit
        visit_ = std::make_unique<Visit>(
            *this, Visit::with_cookies(*this, std::move(request)));
        flow_ = logout::frontchannel_logout(visit_->context());
        const std::string word = keep(flow_->begin(now));
        jar.take(last.set_cookies);
        return word;
    }

    Response last;

private:
    // A logout token that no other request uses has its flight at once.
    std::string keep(Step step) {
        const auto* await = as<Await>(step);
        if (await && await->what == Await::What::flight) {
            const bool is_free = ports.take_flight(await->flight);
            return keep(flow_->resumed(is_free, now));
        }
        if (const auto* a = as<Response>(step)) {
            last = *a;
        }
        return summary(step);
    }

    mutable unsigned minted_ = 0;
    std::unique_ptr<Visit> visit_;
    std::unique_ptr<Flow> flow_;
};

}  // namespace oidc::test
