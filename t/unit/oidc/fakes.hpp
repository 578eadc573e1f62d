// SPDX-License-Identifier: Apache-2.0
// Knows a whole small world to tell stories in: a provider, a location, a
// browser, and the ports between.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "oidc/browser.hpp"
#include "oidc/fake_ports.hpp"
#include "oidc/flow.hpp"
#include "oidc/signing_key.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/store.hpp"

namespace oidc::test {

inline constexpr base::Instant kNow = base::instant(1'790'000'000);
inline constexpr const char* kIssuer = "https://idp.example";
inline constexpr const char* kClient = "client-1";

inline Provider generic_provider() {
    Provider p;
    p.name = "idp";
    p.issuer = kIssuer;
    p.issuers = {kIssuer};
    p.config_url = "https://idp.example/.well-known/openid-configuration";
    p.client_id = kClient;
    p.client_secret = base::Secret("client secret of thirty-two bytes");
    p.redirect_uris = {{"/oidc_callback", ""}};
    p.logout.uri = OwnAddress{"/logout", ""};
    p.audience = {kClient};
    p.allowed_clients = {kClient};
    p.user_claims = {"preferred_username", "email", "sub"};
    p.groups_claim = "groups";
    p.store = &session::memory_store();
    p.policy_id = 11;
    return p;
}

inline Provider cognito_provider() {
    Provider p = generic_provider();
    p.name = "cognito";
    p.profile = Profile::cognito;
    p.issuer = "https://cognito-idp.us-west-1.amazonaws.com/us-west-1_abc";
    p.issuers = {p.issuer};
    p.config_url = p.issuer + "/.well-known/openid-configuration";
    p.user_claims = {"cognito:username", "username", "sub"};
    p.groups_claim = "cognito:groups";
    p.policy_id = 12;
    return p;
}

inline Metadata metadata_of(const Provider& p) {
    // Cognito: endpoints on another host than the issuer's, always.
    const std::string host = p.profile == Profile::cognito
                                 ? "https://pool.auth.example"
                                 : "https://idp.example";
    Metadata m;
    m.endpoints.authorization = host + "/oauth2/authorize";
    m.endpoints.token = host + "/oauth2/token";
    m.endpoints.userinfo = host + "/oauth2/userInfo";
    m.endpoints.end_session = host + "/logout";
    m.endpoints.jwks = p.issuer + "/jwks.json";
    return m;
}

inline Location plain_location() {
    Location l;
    l.methods.add(Method::session)
        .add(Method::authorization_code)
        .add(Method::bearer);
    return l;
}

// A provider that is reached, a browser, and the time.
class World {
public:
    explicit World(Provider p = generic_provider())
        : provider(std::move(p)), location(plain_location()) {
        ports.known_metadata = metadata_of(provider);
        ports.known_keys = key_set(SigningKey::ours().jwks());
    }

    static jose::KeySet key_set(std::string_view jwks) {
        auto keys = jose::KeySet::parse(jwks);
        EXPECT_TRUE(keys);
        return std::move(*keys);
    }

    Provider provider;
    Location location;
    FakePorts ports;
    CookieJar jar;
    base::Instant now = kNow;
};

// One request in a world, and the flow that deals with it.
class Visit {
public:
    Visit(World& world, Request request)
        : request_(std::move(request)),
          facts_(request_.facts()),
          ports_(world.ports.all()),
          context_{world.provider, world.location, facts_, ports_} {}
    // With the cookies of the world's browser.
    static Request with_cookies(World& world, Request request) {
        request.cookies = world.jar.fields();
        return request;
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    const RequestContext& context() const { return context_; }
    const RequestFacts& facts() const { return facts_; }

private:
    Request request_;
    RequestFacts facts_;
    Ports ports_;
    RequestContext context_;
};

template <class T>
const T* as(const Step& step) {
    return std::get_if<T>(&step);
}

inline std::string reason_of(const Response& a) {
    return a.reason ? std::string(base::word(a.reason->code)) : "";
}
// What a step comes to, in one word: "allow", "302", "400 state_unknown",
// "call", "await".
inline std::string summary(const Step& step) {
    if (const auto* answer = as<Response>(step)) {
        const std::string reason = reason_of(*answer);
        return std::to_string(answer->status) +
               (reason.empty() ? "" : " " + reason);
    }
    if (as<Allow>(step)) {
        return "allow";
    }
    return as<Call>(step) ? "call" : "await";
}

inline ProviderReply json_reply(std::string body, unsigned status = 200) {
    ProviderReply r;
    r.status = status;
    r.content_type = "application/json;charset=UTF-8";
    r.body = std::move(body);
    return r;
}

// The value of a parameter in a URL's query, decoded; "" when absent.
inline std::string query_value(std::string_view url, std::string_view name) {
    const std::size_t mark = url.find('?');
    if (mark == url.npos) {
        return "";
    }
    auto form = base::Form::parse(url.substr(mark + 1));
    EXPECT_TRUE(form);
    auto value = form->unique(name);
    EXPECT_TRUE(value) << "twice: " << name;
    return value && *value ? std::string(**value) : "";
}

}  // namespace oidc::test
