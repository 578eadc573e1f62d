// SPDX-License-Identifier: Apache-2.0
// Knows how a refresh is told: a session grows old, requests come, the shell
// gives turns and the token endpoint answers.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "oidc/login_story.hpp"
#include "oidc/session/refresh.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"
#include "oidc/access/access.hpp"

namespace oidc::test {

// One request of the story's browser, as far as it has come.
class Asking {
public:
    Asking(World& world, const CookieJar& jar)
        : world_(world),
          visit_(world, with(jar)),
          flow_(access::protect(visit_.context())) {}

    const Step& begin() { return keep(flow_->begin(world_.now)); }
    const Step& resume(bool arrived) {
        return keep(flow_->resumed(arrived, world_.now));
    }
    const Step& reply(ProviderReply r) {
        return keep(flow_->fetched(std::move(r), world_.now).step);
    }
    // What a shell does until the flow ends or there is nothing to do but
    // wait: gives the turn to the first who asks.
    std::string go() { return go_on(begin()); }
    std::string go_on(const Step& step) {
        const Await* await = as<Await>(step);
        if (!await || await->what != Await::What::flight) {
            return summary(step);
        }
        const bool free = world_.ports.take_flight(await->flight);
        return free || await->only_try ? go_on(resume(free)) : "await";
    }
    const Step& step() const { return *step_; }

    std::string access_token() const {
        const auto* allow = as<Allow>(*step_);
        return allow && allow->identity
                   ? std::string(allow->identity->access_token.reveal())
                   : "";
    }
    std::string body() const {
        return std::string(std::get<Call>(*step_).body.reveal());
    }

private:
    static Request with(const CookieJar& jar) {
        Request r;
        r.cookies = jar.fields();
        return r;
    }
    const Step& keep(Step step) {
        step_.emplace(std::move(step));
        if (const auto* allow = as<Allow>(*step_)) {
            world_.jar.take(allow->set_cookies);
        }
        if (const auto* answer = as<Response>(*step_)) {
            world_.jar.take(answer->set_cookies);
        }
        return *step_;
    }

    World& world_;
    Visit visit_;
    std::unique_ptr<Flow> flow_;
    std::optional<Step> step_;
};

// Somebody logged in: an access token of one hour.
class RefreshStory : public LoginStory {
public:
    explicit RefreshStory(Provider p = generic_provider())
        : LoginStory(std::move(p)) {
        EXPECT_EQ(summary(log_in()), "302");
        provider.session_idle_timeout = base::Seconds(0);
    }
    static Provider in_cookies() {
        Provider p = generic_provider();
        p.store = &session::cookie_store();
        return p;
    }

    void pass_to_upstream(base::Seconds s) { now += s; }
    void almost_expire() { now = kNow + base::Seconds(3600 - 30); }
    void expire() { now = kNow + base::Seconds(3600); }

    Asking asks() { return Asking(*this, jar); }
    // Of a request that waits for nothing.
    std::string visit() { return asks().go(); }

    // The token endpoint's answer: new tokens, and what the test makes of it.
    Payload tokens(std::string_view id_token = "") {
        Payload m;
        m.set("access_token", json_string("second-access-token"))
            .set("token_type", json_string("Bearer"))
            .set("expires_in", "3600");
        if (!id_token.empty()) {
            m.set("id_token", json_string(id_token));
        }
        return m;
    }
    Payload rotated() {
        return tokens().set("refresh_token", json_string("second-refresh"));
    }
    std::string id_token(const Payload& claims) const {
        return SigningKey::ours().token(claims.text());
    }
    Payload new_claims() { return good_claims(provider, nonce, now); }

    static ProviderReply refusal(std::string_view word, unsigned status = 400) {
        return json_reply(R"({"error":")" + std::string(word) + R"("})",
                          status);
    }
    static ProviderReply broken(ProviderReply::Failure failure) {
        ProviderReply r;
        r.failure = failure;
        return r;
    }
    std::string refresh_token() {
        auto record = session_of(*this);
        return record ? std::string(record->refresh_token.reveal()) : "";
    }
};

}  // namespace oidc::test
