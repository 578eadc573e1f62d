// SPDX-License-Identifier: Apache-2.0
#include "oidc/logout/frontchannel_logout.hpp"

#include "base/form.hpp"
#include "base/url.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/record.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/web/navigation.hpp"
#include "oidc/web/pages.hpp"
#include "oidc/web/refusal.hpp"

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
            return by_session(web::refuse_logout(c_, Errc::method_not_allowed));
        }
        if (web::is_prefetch(c_.facts)) {
            return by_session(web::refuse_logout(
                c_,
                Error(Errc::logout_malformed, "a prefetch logs nobody out")));
        }
        auto named = named_by(c_.facts);
        if (!named) {
            return framed(web::refuse_logout(c_, named.error()));
        }
        named_ = std::move(*named);
        return find(now);
    }
    Step resumed(bool, Instant now) override {
        return is_found_ ? end(now) : find(now);
    }
    // Makes no calls.
    Fetched fetched(ProviderReply, Instant) override {
        return {web::refuse_logout(c_, Errc::internal_error), CallOutcome::ok};
    }

private:
    Step find(Instant now) {
        auto finding = session::find_session(c_, now);
        if (finding.is_waiting()) {
            return as_step(std::move(finding.need()));
        }
        answer_ = page();
        const auto& found = finding.result();
        if (!found) {
            return framed(answer_);
        }
        const session::Record& record = found->record;
        if (!is_about(named_, record)) {
            answer_.reason = Error(Errc::logout_refused,
                                   "the provider names another session");
            return framed(answer_);
        }
        // For other sessions of this one at the provider.
        if (!record.sid.empty()) {
            const auto noted = session::note_logout(c_, {record.sid, ""}, now);
            answer_ = noted ? answer_ : web::refuse_logout(c_, noted.error());
        }
        is_found_ = true;
        return end(now);
    }
    Step end(Instant now) {
        auto ending = session::end_session(c_, now);
        if (ending.is_waiting()) {
            return as_step(std::move(ending.need()));
        }
        auto& cookies = ending.result();
        if (!cookies) {
            return framed(web::refuse_logout(c_, cookies.error()));
        }
        answer_.set_cookies = std::move(*cookies);
        return framed(answer_);
    }

    // The logout page of the provider, on any of its origins, may frame the
    // response.
    Step framed(Response response) const {
        const Metadata* metadata = c_.ports.provider.metadata();

        add_origin(response.frame_ancestors, c_.provider.issuer);
        if (metadata) {
            add_origin(response.frame_ancestors,
                       metadata->endpoints.end_session);
        }
        return by_session(std::move(response));
    }
    static Step by_session(Response response) {
        response.method = Method::session;
        return response;
    }

    RequestContext c_;
    Named named_;
    bool is_found_ = false;
    Response answer_;
};

}  // namespace

std::unique_ptr<Flow> frontchannel_logout(const RequestContext& context) {
    return std::make_unique<FrontchannelLogout>(context);
}

}  // namespace oidc::logout
