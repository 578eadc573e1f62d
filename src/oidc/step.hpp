// SPDX-License-Identifier: Apache-2.0
// What a flow asks the shell to do next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/errc.hpp"
#include "base/instant.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"
#include "oidc/identity.hpp"

namespace oidc {

// Lets the request pass. An empty identity only under
// `auth_oidc_unauthenticated pass`.
struct Allow {
    IdentityRef identity;
    std::vector<std::string> set_cookies;
    std::optional<base::Error> reason;  // why nobody is logged in: pass
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
};

enum class CallKind : std::uint8_t {
    discovery,
    jwks,
    token_code,
    token_refresh,
    token_client_credentials,
    password,
    introspection,
    userinfo,
    revoke
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
};

// Wait until the provider's metadata or keys are there, or newer than the
// generation that was seen; or for one's turn to do what only one request of
// all workers shall do at a time. The shell answers by `Flow::resumed`.
//
// A turn: resumed(true) means that it is ours, until Ports::end_flight, which
// the flow calls as soon as the result is stored, and in any case before it
// ends. resumed(false) means that another had it and has ended it, or that
// the wait was too long: look whether the result is there now. `only_try`:
// resumed at once, false when somebody else has the turn.
struct Await {
    enum class What { metadata, keys, flight } what;
    std::uint64_t newer_than = 0;
    crypto::Digest256 turn{};
    bool only_try = false;
    // A turn about a session, which takes no place that anyone could fill.
    // Without room for any other turn the request goes on by itself, as if it
    // had it.
    bool of_session = false;
};

using Step = std::variant<Allow, Response, Call, Await>;

// How a call ended.
struct ProviderReply {
    enum class Failure {
        none,
        unreachable,
        timeout,
        tls,
        too_large,
        broken,  // not HTTP, cut, reset
        inner,   // not made: the name resolves to an inner address
        limited  // not made: too many others are in progress
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
