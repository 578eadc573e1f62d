// SPDX-License-Identifier: Apache-2.0
// Knows how credentials are told: requests that show one, a provider that is
// asked, and turns that are waited for.
#pragma once

#include <functional>
#include <utility>

#include "base/base64url.hpp"
#include "oidc/login_story.hpp"
#include "oidc/credential/exchange.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"
#include "oidc/access/access.hpp"

namespace oidc::test {

inline constexpr const char* kMachine = "73o8h99at7jtnevvn4b60uslb0";
inline constexpr const char* kMachineSecret = "machine secret of the test";

inline std::string basic(std::string_view user, std::string_view password) {
    return "Basic " +
           base::base64_encode(std::string(user) + ":" + std::string(password));
}

// One request on its way: what it came to, or what it waits for.
class Guest {
public:
    Guest(World& world, Request request)
        : world_(world),
          visit_(world, std::move(request)),
          flow_(access::protect(visit_.context())),
          step_(flow_->begin(world.now)) {}

    const Step& step() const { return step_; }
    std::string outcome() const { return summary(step_); }
    const Call* call() const { return as<Call>(step_); }
    bool waits_for(Await::What what) const {
        const auto* await = as<Await>(step_);
        return await && await->what == what;
    }
    const Await* waits() const { return as<Await>(step_); }
    void resume(bool arrived) { step_ = flow_->resumed(arrived, world_.now); }
    void reply(ProviderReply r) {
        step_ = flow_->fetched(std::move(r), world_.now).step;
    }
    const Identity* identity() const {
        const auto* allow = as<Allow>(step_);
        return allow ? allow->identity.get() : nullptr;
    }

private:
    World& world_;
    Visit visit_;
    std::unique_ptr<Flow> flow_;
    Step step_;
};

class SwapStory : public World {
public:
    explicit SwapStory(Provider p = cognito_provider()) : World(std::move(p)) {
        location.methods = {};
        provider.token_cache = true;
    }

    // What the provider says to a call; by default it must not be asked.
    std::function<ProviderReply(const Call&)> provider_says = [](const Call&) {
        ADD_FAILURE() << "the provider was asked";
        return ProviderReply{};
    };
    struct Asked {
        CallKind kind;
        std::string url;
        std::string authorization;
        std::string header;
        std::string content_type;
        std::string body;
    };
    std::vector<Asked> calls;

    void accept(std::initializer_list<Method> methods) {
        for (const Method m : methods) {
            location.methods.add(m);
        }
        location.exchange_id = credential::exchange_id(location);
    }
    void require_scope(std::vector<AnyOf> scopes) {
        location.scopes = std::move(scopes);
        location.exchange_id = credential::exchange_id(location);
    }

    Request request() const { return Request::plain("/api"); }
    Request with_basic(std::string_view user, std::string_view password) const {
        return with_authorization(basic(user, password));
    }
    Request with_authorization(std::string field) const {
        Request r = request();
        r.authorization = {std::move(field)};
        return r;
    }

    // Leads a request to its end: every turn is its own, every wait is over
    // at once.
    std::unique_ptr<Guest> serve(Request r) {
        auto guest = std::make_unique<Guest>(*this, std::move(r));
        for (int i = 0; i < 20; i++) {
            if (const Call* call = guest->call()) {
                note(*call);
                guest->reply(provider_says(*call));
            } else if (guest->waits()) {
                guest->resume(true);
            } else {
                return guest;
            }
        }
        ADD_FAILURE() << "no end";
        return guest;
    }
    std::string outcome(Request r) { return serve(std::move(r))->outcome(); }

    // A machine's access token, and the token response around it.
    Payload machine_token(std::string_view client = kMachine) const {
        Payload c;
        c.set("iss", json_string(provider.issuer))
            .set("client_id", json_string(client))
            .set("sub", json_string(client))
            .set("scope", json_string("kongresource/scope1"))
            .set("exp", number(now + base::Seconds{3600}));
        return provider.profile == Profile::cognito
                   ? c.set("token_use", json_string("access"))
                   : c;
    }
    static ProviderReply token_reply(const Payload& claims,
                                     int expires_in = 3600) {
        return token_reply(SigningKey::ours().token(claims.text()), expires_in);
    }
    static ProviderReply token_reply(const std::string& token,
                                     int expires_in = 3600) {
        return json_reply(R"({"access_token":")" + token +
                          R"(","token_type":"Bearer","expires_in":)" +
                          std::to_string(expires_in) + "}");
    }
    static ProviderReply error_reply(std::string_view word,
                                     unsigned status = 400) {
        return json_reply(R"({"error":")" + std::string(word) + R"("})",
                          status);
    }
    static ProviderReply failed(ProviderReply::Failure failure) {
        ProviderReply r;
        r.failure = failure;
        return r;
    }
    void pass(int seconds) { now += base::Seconds{seconds}; }

    void note(const Call& call) {
        calls.push_back({call.kind, call.url,
                         std::string(call.authorization.reveal()), call.header,
                         call.content_type, std::string(call.body.reveal())});
    }
};

}  // namespace oidc::test
