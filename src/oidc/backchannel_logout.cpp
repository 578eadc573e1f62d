// Knows how the provider itself ends sessions here, by a token and without the
// browser (OIDC Back-Channel Logout 1.0).

#include "base/http.hpp"
#include "base/uri.hpp"
#include "crypto/hmac.hpp"
#include "oidc/answer.hpp"
#include "oidc/logout_stamps.hpp"
#include "oidc/logout_token.hpp"

namespace oidc {
namespace {

using base::Errc;
using base::Error;
using base::Instant;

// The one logout_token of a form (2.5). What is in the query does not count.
base::Result<base::Secret> presented_token(const Facts& facts) {
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

// Once, for as long as the token would be taken; refused also when that cannot
// be noted (AC-272).
base::Status use(const Context& c, const LogoutToken& token, Instant now) {
    const auto key = crypto::hmac_fields(
        c.ports.zone_secret(), {"logout_token", c.provider.name, token.jti});
    if (!key) {
        return key.error();
    }
    return c.ports.use_once(*key, now, token.until)
               ? base::Status()
               : base::Status(Errc::logout_token_used);
}

class BackchannelLogout final : public Flow {
public:
    explicit BackchannelLogout(const Context& context) : c_(context) {}

    Step begin(Instant now) override {
        if (c_.facts.method != "POST") {
            Answer answer = refuse_logout(c_, Errc::method_not_allowed);
            answer.allow = "POST";
            return answer;
        }
        auto token = presented_token(c_.facts);
        if (!token) {
            return refuse_logout(c_, token.error());
        }
        token_ = std::move(*token);
        return judge(now);
    }
    // Whether the keys arrived shows when the token is judged again.
    Step resumed(bool, Instant now) override { return judge(now); }
    Step fetched(Reply, Instant) override {
        return refuse_logout(c_, Errc::internal_error);
    }

private:
    Step judge(Instant now) {
        const auto token = verify_logout_token(c_, token_.reveal(), now);
        if (!token) {
            const Errc code = token.error().code;
            const bool newer_may_help =
                code == Errc::keys_unavailable || code == Errc::unknown_kid;
            if (newer_may_help && !std::exchange(keys_awaited_, true)) {
                return Await{Await::What::keys,
                             c_.ports.keys(c_.provider).generation};
            }
            return refuse_logout(c_, token.error());
        }
        if (const auto used = use(c_, *token, now); !used) {
            return refuse_logout(c_, used.error());
        }
        const auto noted = note_logout(c_, {token->sid, token->sub}, now);
        return noted ? done() : refuse_logout(c_, noted.error());
    }
    static Step done() {
        Answer answer;
        answer.status = 200;
        answer.content_type = "application/json; charset=utf-8";
        answer.body = "{}";
        return answer;
    }

    Context c_;
    base::Secret token_;
    bool keys_awaited_ = false;
};

}  // namespace

std::unique_ptr<Flow> backchannel_logout(const Context& context) {
    return std::make_unique<BackchannelLogout>(context);
}

}  // namespace oidc
