// Knows how the provider ends the session of a browser that shows its page, by
// a frame on it (OIDC Front-Channel Logout 1.0).

#include "base/uri.hpp"
#include "oidc/answer.hpp"
#include "oidc/logout_stamps.hpp"
#include "oidc/navigation.hpp"
#include "oidc/pages.hpp"
#include "oidc/sessions.hpp"

namespace oidc {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

// Of the query: both or none (2).
struct Named {
    std::optional<std::string> iss;
    std::optional<std::string> sid;
};

base::Result<Named> named_by(const Facts& facts) {
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

// The provider's logout page, wherever it is, frames ours.
Answer framed(const Context& c, Answer answer) {
    const Metadata* metadata = c.ports.metadata(c.provider);

    add_origin(answer.frame_ancestors, c.provider.issuer);
    if (metadata) {
        add_origin(answer.frame_ancestors, metadata->endpoints.end_session);
    }
    return answer;
}

// The same whether there was a session or not: it tells nobody which.
Answer page() {
    Answer answer;

    answer.status = 200;
    answer.content_type = "text/html; charset=utf-8";
    answer.body = render({.title = "Logout",
                          .text = "Nothing is left to do here.",
                          .link_text = "",
                          .link = "",
                          .reason_word = "",
                          .reason = ""});
    return answer;
}

// Any page can make a browser come here, so that nobody's session ends but the
// one that the request shows a cookie of, and no token is revoked (AC-276).
class FrontchannelLogout final : public Flow {
public:
    explicit FrontchannelLogout(const Context& context) : c_(context) {}

    Step begin(Instant now) override {
        if (c_.facts.method != "GET") {
            return refuse_logout(c_, Errc::method_not_allowed);
        }
        if (is_prefetch(c_.facts)) {
            return refuse_logout(c_, Error(Errc::logout_malformed,
                                           "a prefetch logs nobody out"));
        }
        const auto named = named_by(c_.facts);
        if (!named) {
            return framed(c_, refuse_logout(c_, named.error()));
        }
        return framed(c_, end(*named, now));
    }
    Step resumed(bool, Instant) override { return never(); }
    Step fetched(Reply, Instant) override { return never(); }

private:
    Answer end(const Named& named, Instant now) const {
        const auto record = load_record(c_, now);
        Answer answer = page();
        if (!record) {
            return answer;
        }
        if (!is_about(named, *record)) {
            answer.reason = Error(Errc::logout_refused,
                                  "the provider names another session");
            return answer;
        }
        // For the copies of a cookie; the cookie store has nothing else.
        if (!record->sid.empty()) {
            const auto noted = note_logout(c_, {record->sid, ""}, now);
            answer = noted ? answer : refuse_logout(c_, noted.error());
        }
        answer.set_cookies = end_session(c_);
        return answer;
    }
    Step never() const { return refuse_logout(c_, Errc::internal_error); }

    Context c_;
};

}  // namespace

std::unique_ptr<Flow> frontchannel_logout(const Context& context) {
    return std::make_unique<FrontchannelLogout>(context);
}

}  // namespace oidc
