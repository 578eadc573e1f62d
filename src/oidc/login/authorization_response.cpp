// SPDX-License-Identifier: Apache-2.0
#include "oidc/login/authorization_response.hpp"

#include "base/form.hpp"
#include "oidc/provider/error_word.hpp"

namespace oidc::login {
namespace {

using base::Errc;
using Parameter = std::optional<std::string_view>;

// Tokens and responses that come through the browser (RFC 9700 2.1.2).
bool has_unasked(const base::Form& form) {
    return form.has("id_token") || form.has("access_token") ||
           form.has("response");
}

base::Error malformed_code(const Parameter& code) {
    if (!code) {
        return {Errc::callback_malformed, "the callback has no code"};
    }
    return {Errc::callback_malformed, "the callback's code is no code"};
}

}  // namespace

base::Result<AuthorizationResponse> parse_authorization_response(
    std::string_view query) {
    if (query.size() > kMaxCallbackQueryBytes) {
        return base::Error(Errc::callback_malformed,
                           "the callback's query is too long");
    }
    auto form = base::Form::parse(query);
    if (!form) {
        return Errc::callback_malformed;
    }
    const auto state = form->unique("state");
    const auto code = form->unique("code");
    const auto error = form->unique("error");
    const auto iss = form->unique("iss");
    if (!state || !code || !error || !iss) {
        return base::Error(Errc::callback_malformed,
                           "a parameter of the callback came twice");
    }
    if (has_unasked(*form)) {
        return base::Error(Errc::callback_malformed,
                           "the callback answers another response_type");
    }
    if (!*state || (*state)->empty()) {
        return Errc::state_missing;
    }
    if (*code && *error) {
        return base::Error(Errc::callback_malformed,
                           "the callback has both a code and an error");
    }
    const bool usable = *code && !(*code)->empty();
    if (!usable && !*error) {
        return malformed_code(*code);
    }
    AuthorizationResponse r;
    r.state = **state;
    if (*error) {
        const auto description = form->unique("error_description");
        r.error = provider::error_word(**error).of_callback;
        r.is_expired = **error == "temporarily_unavailable" && description &&
                       *description == "authentication_expired";
    }
    r.code = code->value_or("");
    if (*iss) {
        r.iss = **iss;
    }
    return r;
}

}  // namespace oidc::login
