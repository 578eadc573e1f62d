// SPDX-License-Identifier: Apache-2.0
// What a flow asks the shell to do next.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/errc.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"
#include "oidc/call_rate.hpp"
#include "oidc/identity.hpp"

namespace oidc {

// Lets the request pass. An empty identity only under
// `auth_oidc_unauthenticated pass`.
struct Allow {
    IdentityRef identity;
    std::vector<std::string> set_cookies;
    std::optional<base::Error> reason;  // why nobody is logged in: pass
    // If set, asked when the response is there, which may be much later: false
    // if the cookies would bring back what has changed since.
    std::function<bool(base::Instant now)> may_set_cookies = nullptr;
};

// Ends the request: a redirect, a refusal or a page.
struct Response {
    unsigned status = 500;
    std::optional<base::Error> reason;  // absent: nothing is wrong
    std::optional<base::Error> cause;   // why a login begins, for the log
    std::string location;               // for 302
    std::string www_authenticate;
    std::optional<base::Seconds> retry_after;
    std::string content_type;
    std::string body;
    std::vector<std::string> set_cookies;
    std::string_view allow = "GET";  // for 405
    std::string frame_ancestors;     // who may frame the page; "": nobody
    std::optional<Method> method;    // of the credential; absent: none
};

// One HTTP request to the provider. No redirects are followed.
struct Call {
    CallKind kind;
    bool post = false;
    std::string url;
    base::Secret authorization;  // header value, or empty
    std::string content_type;
    std::string header;  // one line more, "Name: value", or ""
    base::Secret body;
    std::size_t max_bytes = 256 * 1024;  // of the reply's body
    // For whoever has logged in, as far as a place is left for anyone's calls.
    bool of_session = false;
    // What is known is used if the call is not made.
    bool is_renewal = false;
    // The same call with the other client_secret: made if the provider refuses
    // the client (provider::refuses_client). Null: there is none.
    std::unique_ptr<Call> otherwise = nullptr;
};

// Wait until the session store has answered; or until the provider's metadata
// or keys are there, or newer than the generation that was seen; or for a
// flight. The shell answers by `Flow::resumed`.
//
// A flight: resumed(true) means that it is ours, until GrantStore::end_flight.
// resumed(false) means that another request had it and has ended it, or that
// the wait was too long: look whether the result is there now. ProviderCall
// takes and ends flights.
struct Await {
    enum class What { metadata, keys, flight, store } what;
    std::uint64_t newer_than = 0;
    crypto::Digest256 flight{};
    // Resumed at once, with false if somebody else has the flight.
    bool only_try = false;
    // A flight about a session takes no place that anyone could fill. Without
    // room for another one the request goes on by itself, as if it had it.
    bool of_session = false;
};

using Step = std::variant<Allow, Response, Call, Await>;

// What a part of a flow needs before it can go on.
using Need = std::variant<Call, Await>;

inline Step as_step(Need need) {
    return std::visit([](auto& what) { return Step(std::move(what)); }, need);
}

// How far a part of a flow has come: to its result, or to what it needs first.
// A part that needs something is called again once that has arrived.
template <class T>
class [[nodiscard]] Progress {
public:
    Progress(base::Result<T> result) : state_(std::move(result)) {}
    Progress(base::Error error) : state_(base::Result<T>(error)) {}
    Progress(base::Errc code) : state_(base::Result<T>(code)) {}
    Progress(Need need) : state_(std::move(need)) {}
    Progress(Call call) : state_(Need(std::move(call))) {}
    Progress(Await what) : state_(Need(what)) {}
    template <class U = T>
    requires(!std::is_void_v<U>) Progress(U value)
        : state_(base::Result<T>(std::move(value))) {}

    bool is_waiting() const noexcept { return state_.index() == 1; }
    // Only while it is waiting.
    Need& need() { return std::get<1>(state_); }
    // Only once it has ended.
    base::Result<T>& result() { return std::get<0>(state_); }

private:
    std::variant<base::Result<T>, Need> state_;
};

// What became of a call, for the counters.
enum class CallOutcome : std::uint8_t {
    ok,
    refused,
    unreachable,
    timeout,
    throttled,
    malformed,
    limited,
    shed
};

// How a call ended.
struct ProviderReply {
    enum class Failure {
        none,
        unreachable,
        timeout,
        tls,
        too_large,
        broken,   // not HTTP, cut, reset
        inner,    // not made: the name resolves to an inner address
        limited,  // not made: too many others are in progress
        shed      // not made: too many others in this second
    };
    Failure failure = Failure::none;
    unsigned status = 0;
    std::string content_type;
    std::string body;
    std::optional<base::Seconds> retry_after;
    bool is_from_inside = false;  // by the address that was connected to

    ~ProviderReply() { base::wipe(body.data(), body.size()); }
    ProviderReply() = default;
    ProviderReply(ProviderReply&&) = default;
    ProviderReply& operator=(ProviderReply&&) = default;
};

}  // namespace oidc
