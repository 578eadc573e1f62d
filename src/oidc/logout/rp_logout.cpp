// SPDX-License-Identifier: Apache-2.0
#include "oidc/logout/rp_logout.hpp"

#include <algorithm>

#include "base/form.hpp"
#include "base/url.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/client_auth.hpp"
#include "oidc/provider/reply.hpp"
#include "oidc/provider/token_endpoint.hpp"
#include "oidc/session/record.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/step.hpp"
#include "oidc/web/navigation.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/web/own_origin.hpp"
#include "oidc/web/pages.hpp"
#include "oidc/web/refusal.hpp"

namespace oidc::logout {
namespace {

using base::Errc;
using base::Error;

// Logout CSRF: a logout is a navigation of the window from any origin, which
// the user sees, so links to the logout in mails and portals work. Or it is a
// script or a frame of this origin. It is never an image or similar, which any
// user of a wiki can put into a page, nor a load by a page of another origin,
// even of the same site. Browsers without Fetch Metadata are accepted, since
// SameSite=Lax keeps the cookie of the session out of most such loads.
bool is_logout_of_the_user(const RequestFacts& f) {
    const bool is_own = f.sec_fetch_site.empty() ||
                        f.sec_fetch_site == "same-origin" ||
                        f.sec_fetch_site == "none";
    const bool is_script_or_frame = f.sec_fetch_dest.empty() ||
                                    f.sec_fetch_dest == "empty" ||
                                    f.sec_fetch_mode == "navigate";
    return f.sec_fetch_dest == "document" || (is_own && is_script_or_frame);
}

base::Status may_log_out(const RequestContext& c) {
    const auto& methods = c.provider.logout.methods;
    if (std::find(methods.begin(), methods.end(), c.facts.method) ==
        methods.end()) {
        return Errc::method_not_allowed;
    }
    if (!is_logout_of_the_user(c.facts)) {
        return Errc::logout_refused;
    }
    if (web::is_prefetch(c.facts)) {
        return Error(Errc::prefetch_refused,
                     "a prefetch does not log anybody out");
    }
    return {};
}

std::string absolute(const RequestContext& c, const OwnAddress& address) {
    const std::string origin = address.origin.empty()
                                   ? web::own_origin(c.provider, c.facts)
                                   : address.origin;
    return origin.empty() ? "" : origin + address.path;
}

std::string post_logout_uri(const RequestContext& c) {
    const auto& configured = c.provider.logout.post_logout_uri;
    return configured ? absolute(c, *configured) : "";
}

// Metadata from before 2024 lacks Cognito's logout: it lies beside the
// authorization endpoint.
std::string cognito_endpoint(const Metadata& metadata) {
    if (!metadata.endpoints.end_session.empty()) {
        return metadata.endpoints.end_session;
    }
    const auto url = base::Url::parse(metadata.endpoints.authorization);
    return url ? url->origin() + "/logout" : "";
}

// client_id and logout_uri and nothing else: Cognito answers the standard's
// parameters with an error page.
std::string cognito_logout(const RequestContext& c, const Metadata& metadata) {
    const std::string endpoint = cognito_endpoint(metadata);
    const bool configured = c.provider.logout.post_logout_uri.has_value();
    const std::string back =
        configured ? post_logout_uri(c) : absolute(c, {"/", ""});
    if (endpoint.empty() || back.empty()) {
        return "";
    }
    base::FormWriter form;
    form.add("client_id", c.provider.client_id).add("logout_uri", back);
    return base::with_query(endpoint, form.text());
}

// OIDC RP-Initiated Logout 2. No state is sent, so none has to come back.
std::string standard_logout(const RequestContext& c, const Metadata& metadata,
                            const base::Secret& id_token) {
    const std::string& endpoint = metadata.endpoints.end_session;
    if (endpoint.empty()) {
        return "";
    }
    base::FormWriter form;
    form.add("client_id", c.provider.client_id);
    if (const std::string back = post_logout_uri(c); !back.empty()) {
        form.add("post_logout_redirect_uri", back);
    }
    if (c.provider.logout.token_hint && !id_token.empty()) {
        form.add("id_token_hint", id_token.reveal());
    }
    return base::with_query(endpoint, form.text());
}

// "" if the provider has no logout, or its metadata is not known yet: a local
// logout does not wait for an unavailable provider.
std::string provider_logout(const RequestContext& c,
                            const base::Secret& id_token) {
    const Metadata* metadata = c.ports.provider.metadata();
    if (!metadata) {
        return "";
    }
    return traits(c.provider.profile).has_own_logout
               ? cognito_logout(c, *metadata)
               : standard_logout(c, *metadata, id_token);
}

Response goodbye() {
    Response response;
    response.status = 200;
    response.content_type = "text/html; charset=utf-8";
    response.body = web::render({.title = "You are logged out",
                                 .text = "Your session here has ended. You may "
                                         "close this page.",
                                 .link_text = "Log in again",
                                 .link = "/",
                                 .reason_word = "",
                                 .reason = ""});
    return response;
}

// RFC 7009 2.1. Absent: there is nothing to revoke, or nowhere.
std::optional<Call> revocation(const RequestContext& c,
                               const base::Secret& refresh_token,
                               base::Instant now) {
    const Metadata* metadata = c.ports.provider.metadata();
    if (!c.provider.logout.revoke || refresh_token.empty() || !metadata ||
        metadata->endpoints.revocation.empty()) {
        return std::nullopt;
    }
    base::FormWriter form;
    form.add("token", refresh_token.reveal())
        .add("token_type_hint", "refresh_token");
    auto call = provider::client_request(CallKind::revoke,
                                         metadata->endpoints.revocation, c,
                                         *metadata, std::move(form), now);
    if (!call) {
        return std::nullopt;
    }
    call->of_session = true;
    return std::move(*call);
}

class Logout final : public Flow {
public:
    explicit Logout(const RequestContext& context) : c_(context) {}

    Step begin(base::Instant now) override {
        if (auto may = may_log_out(c_); !may) {
            return refused(may.error());
        }
        return find(now);
    }
    Step resumed(bool, base::Instant now) override {
        return is_found_ ? end(now) : find(now);
    }
    // Whatever became of the revocation: the user is logged out here.
    Fetched fetched(ProviderReply reply, base::Instant) override {
        return {answer_, provider::outcome_of(reply, std::nullopt)};
    }

private:
    Step find(base::Instant now) {
        auto finding = session::find_session(c_, now);
        if (finding.is_waiting()) {
            return as_step(std::move(finding.need()));
        }
        if (auto& found = finding.result()) {
            record_ = std::move(found->record);
        }
        is_found_ = true;
        return end(now);
    }
    // The session here is gone before anything else can fail.
    Step end(base::Instant now) {
        auto ending = session::end_session(c_, now);
        if (ending.is_waiting()) {
            return as_step(std::move(ending.need()));
        }
        auto& cookies = ending.result();
        if (!cookies) {
            return refused(cookies.error());
        }
        answer_ = leave(record_.id_token);
        answer_.method = Method::session;
        answer_.set_cookies = std::move(*cookies);
        if (auto call = revocation(c_, record_.refresh_token, now)) {
            return std::move(*call);
        }
        return answer_;
    }
    Step refused(Error error) const {
        Response response = web::refuse(c_, error);
        response.method = Method::session;
        return response;
    }
    Response leave(const base::Secret& id_token) const {
        std::string location = provider_logout(c_, id_token);
        if (location.empty()) {
            location = post_logout_uri(c_);
        }
        return location.empty() ? goodbye()
                                : web::redirect(std::move(location));
    }

    RequestContext c_;
    session::Record record_;
    bool is_found_ = false;  // or there is none
    Response answer_;
};

}  // namespace

std::unique_ptr<Flow> logout(const RequestContext& context) {
    return std::make_unique<Logout>(context);
}

}  // namespace oidc::logout
