// SPDX-License-Identifier: Apache-2.0
#include "oidc/logout/frontchannel_logout.hpp"

#include "base/url.hpp"
#include "base/form.hpp"
#include "oidc/web/refusal.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/web/navigation.hpp"
#include "oidc/web/pages.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/session/store.hpp"
#include "oidc/session/record.hpp"

namespace oidc::logout {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

// Parameters of the query: both or none (Front-Channel Logout 2).
struct Named {
    std::optional<std::string> iss;
    std::optional<std::string> sid;
};

base::Result<Named> named_by(const RequestFacts& facts) {
    const auto form = base::Form::parse(facts.query);
    if (!form) {
        return Error(Errc::logout_malformed, "the query cannot be decoded");
    }
    const auto iss = form->unique("iss");
    const auto sid = form->unique("sid");
    if (!iss || !sid || iss->has_value() != sid->has_value()) {
        return Error(Errc::logout_malformed,
                     "iss and sid come once, and together");
    }
    Named named;
    named.iss = *iss;
    named.sid = *sid;
    return named;
}

bool is_about(const Named& named, const session::Record& record) {
    return !named.sid || (!record.sid.empty() && *named.sid == record.sid &&
                          *named.iss == record.issuer);
}

void add_origin(std::string& origins, const std::string& address) {
    const auto url = base::Url::parse(address);
    if (url && origins.find(url->origin()) == origins.npos) {
        origins.append(origins.empty() ? "" : " ").append(url->origin());
    }
}

// The logout page of the provider, on any of its origins, may frame the
// response.
Response framed(const RequestContext& c, Response response) {
    const Metadata* metadata = c.ports.metadata(c.provider);

    add_origin(response.frame_ancestors, c.provider.issuer);
    if (metadata) {
        add_origin(response.frame_ancestors, metadata->endpoints.end_session);
    }
    return response;
}

// The response does not show whether there was a session.
Response page() {
    Response response;

    response.status = 200;
    response.content_type = "text/html; charset=utf-8";
    response.body = web::render({.title = "Logout",
                                 .text = "Nothing is left to do here.",
                                 .link_text = "",
                                 .link = "",
                                 .reason_word = "",
                                 .reason = ""});
    return response;
}

// Any page can load this address in a browser, so only the session of the
// request's own cookie ends, and no token is revoked.
class FrontchannelLogout final : public Flow {
public:
    explicit FrontchannelLogout(const RequestContext& context) : c_(context) {}

    Step begin(Instant now) override {
        if (c_.facts.method != "GET") {
            return web::refuse_logout(c_, Errc::method_not_allowed);
        }
        if (web::is_prefetch(c_.facts)) {
            return web::refuse_logout(c_, Error(Errc::logout_malformed,
                                                "a prefetch logs nobody out"));
        }
        const auto named = named_by(c_.facts);
        if (!named) {
            return framed(c_, web::refuse_logout(c_, named.error()));
        }
        return framed(c_, end(*named, now));
    }
    Step resumed(bool, Instant) override { return never(); }
    Step fetched(ProviderReply, Instant) override { return never(); }

private:
    Response end(const Named& named, Instant now) const {
        const auto record = session::load_record(c_, now);
        Response response = page();
        if (!record) {
            return response;
        }
        if (!is_about(named, *record)) {
            response.reason = Error(Errc::logout_refused,
                                    "the provider names another session");
            return response;
        }
        // For the copies of a cookie; the cookie store has nothing else.
        if (!record->sid.empty()) {
            const auto noted = session::note_logout(c_, {record->sid, ""}, now);
            response = noted ? response : web::refuse_logout(c_, noted.error());
        }
        response.set_cookies = session::end_session(c_);
        return response;
    }
    Step never() const { return web::refuse_logout(c_, Errc::internal_error); }

    RequestContext c_;
};

}  // namespace

std::unique_ptr<Flow> frontchannel_logout(const RequestContext& context) {
    return std::make_unique<FrontchannelLogout>(context);
}

}  // namespace oidc::logout
