// SPDX-License-Identifier: Apache-2.0
// Knows how a login is told: the user is sent away, the provider says
// something, the user comes back.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "oidc/fakes.hpp"
#include "oidc/login/authorization_request.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/record.hpp"
#include "oidc/login/callback.hpp"

namespace oidc::test {

// A token's payload, member by member; values are JSON text.
class Payload {
public:
    Payload& set(std::string name, std::string json) {
        drop(name);
        members_.emplace_back(std::move(name), std::move(json));
        return *this;
    }
    Payload& drop(std::string_view name) {
        std::erase_if(members_, [&](const auto& m) { return m.first == name; });
        return *this;
    }
    std::string text() const {
        std::string all;
        for (const auto& [name, json] : members_) {
            all += (all.empty() ? "{\"" : ",\"") + name + "\":" + json;
        }
        return all.empty() ? "{}" : all + "}";
    }

private:
    std::vector<std::pair<std::string, std::string>> members_;
};

inline std::string json_string(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}
inline std::string number(base::Instant t) {
    return std::to_string(t.time_since_epoch().count());
}

inline constexpr const char* kAccessToken = "opaque-access-token";

// What a good ID token of this provider says.
inline Payload good_claims(const Provider& p, std::string_view nonce,
                           base::Instant now = kNow) {
    Payload c;
    c.set("iss", json_string(p.issuer))
        .set("aud", json_string(p.client_id))
        .set("sub", json_string("user-1"))
        .set("exp", number(now + base::Seconds(3600)))
        .set("iat", number(now))
        .set("nonce", json_string(nonce));
    if (p.profile == Profile::cognito) {
        c.set("token_use", json_string("id"));
    }
    return c;
}

inline Payload token_members(std::string_view id_token) {
    Payload m;
    m.set("access_token", json_string(kAccessToken))
        .set("id_token", json_string(id_token))
        .set("refresh_token", json_string("refresh-token"))
        .set("token_type", json_string("Bearer"))
        .set("expires_in", "3600");
    return m;
}

class LoginStory : public World {
public:
    explicit LoginStory(Provider p = generic_provider())
        : World(std::move(p)) {}

    // The user asks for `uri` and is sent to the provider.
    Response begin(std::string uri = "/app?a=1&b=%26") {
        Request request;
        request.uri = std::move(uri);
        return begin(std::move(request), 0);
    }
    Response begin(Request request, unsigned round) {
        Visit visit(*this, Visit::with_cookies(*this, std::move(request)));
        Response answer = login::start_login(
            visit.context(), *ports.known_metadata,
            login::return_target(visit.context()), round, now);
        note(answer);
        return answer;
    }

    // The browser comes back.
    Step arrive() { return arrive("code=c0de&state=" + state); }
    Step arrive(std::string query) {
        Request request;
        request.uri = "/oidc_callback?" + std::move(query);
        request.sec_fetch_site = "cross-site";
        return arrive(std::move(request));
    }
    Step arrive(Request request) {
        ports.turns.erase(turn_);  // with the request that had it
        flow_.reset();             // it refers to the visit
        visit_ = std::make_unique<Visit>(
            *this, Visit::with_cookies(*this, std::move(request)));
        flow_ = login::callback(visit_->context());
        return keep(flow_->begin(now));
    }
    // The token endpoint, or userinfo, answers.
    Step reply(ProviderReply r) {
        return keep(flow_->fetched(std::move(r), now).step);
    }
    Step reply_tokens(const Payload& claims) {
        return reply(json_reply(
            token_members(SigningKey::ours().token(claims.text())).text()));
    }
    Step resume(bool arrived) { return keep(flow_->resumed(arrived, now)); }

    Payload good() const { return good_claims(provider, nonce, now); }

    // All of it, and well.
    Step log_in(std::string uri = "/app?a=1&b=%26") {
        begin(std::move(uri));
        EXPECT_EQ(summary(arrive()), "call");
        return reply_tokens(good());
    }

    std::size_t login_cookies() {
        return static_cast<std::size_t>(std::count_if(
            jar.cookies().begin(), jar.cookies().end(), [](const auto& c) {
                return c.name.find("_login_") != std::string::npos;
            }));
    }

    // Of the last login that began.
    std::string state;
    std::string nonce;

private:
    void note(const Response& answer) {
        jar.take(answer.set_cookies);
        if (!answer.location.empty()) {
            state = query_value(answer.location, "state");
            nonce = query_value(answer.location, "nonce");
        }
    }
    Step keep(Step step) {
        const auto* await = as<Await>(step);
        if (await && await->what == Await::What::flight) {
            const bool is_ours = ports.take_flight(await->flight);
            if (is_ours) {
                turn_ = await->flight;
            }
            return keep(flow_->resumed(is_ours, now));
        }
        if (const auto* answer = as<Response>(step)) {
            jar.take(answer->set_cookies);
        }
        return step;
    }

    crypto::Digest256 turn_{};
    std::unique_ptr<Visit> visit_;
    std::unique_ptr<Flow> flow_;
};

// What the user's next request finds.
inline base::Result<oidc::session::Record> session_of(LoginStory& story) {
    Visit visit(story, Visit::with_cookies(story, Request{}));
    auto finding = session::find_session(visit.context(), story.now);
    auto& found = finding.result();
    if (!found) {
        return found.error();
    }
    return std::move(found->record);
}

// No session, no login left open, one page, and no more calls.
inline void expect_no_login(LoginStory& story, const Step& step,
                            const char* word) {
    EXPECT_EQ(summary(step), word);
    EXPECT_FALSE(session_of(story)) << word;
    EXPECT_TRUE(story.ports.sessions.empty()) << word;
    EXPECT_EQ(story.login_cookies(), 0) << word;
}

inline const Response& answer(const Step& step) {
    const auto* a = as<Response>(step);
    if (!a) {
        ADD_FAILURE() << "no answer but " << summary(step);
        std::abort();
    }
    return *a;
}

}  // namespace oidc::test
