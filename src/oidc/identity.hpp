// SPDX-License-Identifier: Apache-2.0
// The user or client that a request was found to come from.
#pragma once

#include <memory>
#include <string>

#include "base/http.hpp"
#include "base/instant.hpp"
#include "base/ref.hpp"
#include "base/secret.hpp"
#include "jose/claims.hpp"
#include "oidc/policy.hpp"

namespace oidc {

// A token, and the Authorization header that brings it to an upstream: one
// text, made once and not for each request.
class HeldToken {
public:
    HeldToken() = default;
    HeldToken& operator=(const base::Secret& token) {
        hold(token.reveal());
        return *this;
    }
    void hold(std::string_view token) {
        hold(token, base::is_header_safe(token));
    }
    // One that has been read, so that its characters are known.
    void hold_jws(std::string_view token) { hold(token, true); }

    bool empty() const noexcept { return header_.empty(); }
    std::string_view reveal() const noexcept {
        return empty() ? std::string_view()
                       : header_.reveal().substr(kScheme.size());
    }
    // "Bearer …"; "" for none, and for one that no header can hold.
    std::string_view header() const noexcept {
        return is_header_safe_ ? header_.reveal() : std::string_view();
    }

private:
    static constexpr std::string_view kScheme = "Bearer ";
    void hold(std::string_view token, bool is_header_safe);

    base::Secret header_;
    bool is_header_safe_ = false;
};

// Constant once made, shared by a worker's requests.
class Identity : public base::Counted {
public:
    Identity(Method m, std::string provider_name, jose::Claims c)
        : method(m), provider(std::move(provider_name)), claims(std::move(c)) {}

    Method method;
    std::string provider;
    jose::Claims claims;  // of the token, or of the session
    std::string user;     // first of user_claims that is there
    std::string client_id;
    std::string scope;  // blank-separated
    base::Instant expires;
    HeldToken access_token;
    HeldToken id_token;
    std::string userinfo;  // JSON, or ""
};

using IdentityRef = base::Ref<Identity>;

// Fills in the user, client_id, scope and expiry from the claims. The caller
// adds tokens, and what a session knows better, before it shares the identity.
std::unique_ptr<Identity> identify(const Provider&, Method, jose::Claims);
IdentityRef share(std::unique_ptr<Identity>);

}  // namespace oidc
