// Knows the shape of a conversation about one request: it begins, may ask
// for calls or for patience, and ends with Allow or Answer.
#pragma once

#include <memory>

#include "oidc/facts.hpp"
#include "oidc/policy.hpp"
#include "oidc/ports.hpp"
#include "oidc/step.hpp"

namespace oidc {

// All of it outlives the flow.
struct Context {
    const Provider& provider;
    const Location& location;
    const Facts& facts;
    Ports& ports;
};

class Flow {
public:
    virtual ~Flow() = default;
    virtual Step begin(base::Instant now) = 0;
    // After Await: whether what was awaited is there now.
    virtual Step resumed(bool arrived, base::Instant now) = 0;
    // After Call.
    virtual Step fetched(Reply reply, base::Instant now) = 0;
};

// A request for a protected location (protect.cpp): judged by the credential
// it carries.
std::unique_ptr<Flow> protect(const Context&);

// What `protect` comes to at once for a request that shows no credential of
// any kind: the reason to refuse it; absent when it may pass or log in.
std::optional<base::Errc> refusal_of_stranger(const Location&, const Facts&);

// Who has logged in by this very request (auth_oidc_login_action upstream):
// judged by the location's rules alone (protect.cpp).
Step admit(const Context&, const IdentityRef&);

// The redirect_uri, reached with a state (callback.cpp). It ends with Allow
// where the request goes on as who has logged in.
std::unique_ptr<Flow> callback(const Context&);

// logout_uri, or a protected URL with logout_query_arg (logout.cpp).
std::unique_ptr<Flow> logout(const Context&);

// Where the provider tells of a logout (frontchannel_logout.cpp,
// backchannel_logout.cpp). The second wants the body among the facts.
std::unique_ptr<Flow> frontchannel_logout(const Context&);
std::unique_ptr<Flow> backchannel_logout(const Context&);

// What a request means to a provider before any location is looked at
// (endpoints.cpp).
enum class Endpoint {
    none,
    callback,            // path fits, with state and code or error
    callback_stateless,  // path fits, with code or error alone: a refusal
                         // unless the location knows better
    logout,
    frontchannel_logout,
    backchannel_logout
};
Endpoint classify(const Provider&, const Facts&);
// Whether the URL of a protected location carries logout_query_arg.
bool is_logout_request(const Provider&, const Facts&);
// Whether the request carries the login cookie that its state names: several
// providers may share one redirect_uri.
bool has_login_cookie(const Provider&, const Facts&);

}  // namespace oidc
