// SPDX-License-Identifier: Apache-2.0
#include "oidc/logout/backchannel_logout.hpp"

#include "base/form.hpp"
#include "base/http.hpp"
#include "crypto/hmac.hpp"
#include "oidc/provider/provider_call.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/step.hpp"
#include "oidc/token/logout_token.hpp"
#include "oidc/web/refusal.hpp"

namespace oidc::logout {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

// The one logout_token of a form (2.5). What is in the query does not count.
base::Result<base::Secret> presented_token(const RequestFacts& facts) {
    if (!base::media_type_is(facts.content_type,
                             "application/x-www-form-urlencoded")) {
        return Error(Errc::logout_malformed,
                     "a logout token comes in a form "
                     "(application/x-www-form-urlencoded)");
    }
    const auto form = base::Form::parse(facts.body);
    if (!form) {
        return Error(Errc::logout_malformed, "the form cannot be decoded");
    }
    const auto token = form->unique("logout_token");
    if (!token || !*token || (*token)->empty()) {
        return Error(Errc::logout_malformed,
                     "the form has no logout_token, or more than one");
    }
    return base::Secret(**token);
}

class BackchannelLogout final : public Flow {
public:
    explicit BackchannelLogout(const RequestContext& context)
        : c_(context), call_(context) {}

    Step begin(Instant now) override {
        if (c_.facts.method != "POST") {
            Response response =
                web::refuse_logout(c_, Errc::method_not_allowed);
            response.allow = "POST";
            return response;
        }
        auto token = presented_token(c_.facts);
        if (!token) {
            return web::refuse_logout(c_, token.error());
        }
        token_ = std::move(*token);
        return judge(now);
    }
    // Whether the keys arrived shows when the token is judged again.
    Step resumed(bool arrived, Instant now) override {
        call_.resumed(arrived);
        return judge(now);
    }
    // Makes no calls of its own.
    Fetched fetched(ProviderReply, Instant) override {
        return {web::refuse_logout(c_, Errc::internal_error), CallOutcome::ok};
    }

private:
    Step judge(Instant now) {
        const auto token = token::verify_logout_token(c_, token_.reveal(), now);
        if (!token) {
            if (const auto newer = call_.newer_keys(token.error())) {
                return *newer;
            }
            return web::refuse_logout(c_, token.error());
        }
        auto use = take(*token, now);
        if (use.is_waiting()) {
            return as_step(std::move(use.need()));
        }
        if (!use.result()) {
            return web::refuse_logout(c_, use.result().error());
        }
        const auto noted =
            session::note_logout(c_, {token->sid, token->sub}, now);
        return noted ? done() : web::refuse_logout(c_, noted.error());
    }
    // A logout token is used once, for as long as it would be accepted; of two
    // requests with one, one waits for nothing and is refused.
    Progress<void> take(const token::LogoutToken& token, Instant now) {
        const auto key =
            crypto::hmac_fields(c_.ports.names_key(),
                                {"logout_token", c_.provider.name, token.jti});
        if (!key) {
            return key.error();
        }
        auto flight = call_.take_flight({.name = *key, .only_try = true});
        if (flight.is_waiting()) {
            return std::move(flight.need());
        }
        return flight.result() && *flight.result() &&
                       c_.ports.marks.use_logout_token(*key, now, token.until)
                   ? base::Status()
                   : base::Status(Errc::logout_token_used);
    }
    static Step done() {
        Response response;
        response.status = 200;
        response.content_type = "application/json; charset=utf-8";
        response.body = "{}";
        return response;
    }

    RequestContext c_;
    provider::ProviderCall call_;
    base::Secret token_;
};

}  // namespace

std::unique_ptr<Flow> backchannel_logout(const RequestContext& context) {
    return std::make_unique<BackchannelLogout>(context);
}

}  // namespace oidc::logout
