// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/refusal.hpp"

#include "base/http.hpp"
#include "base/json.hpp"
#include "base/same_origin_uri.hpp"
#include "base/url.hpp"
#include "oidc/web/cookie_sealer.hpp"
#include "oidc/web/pages.hpp"

namespace oidc::web {
namespace {

using base::Errc;
using base::Outcome;

constexpr base::Seconds kRetryAfter{5};

// The form of an outcome for programs and for users.
struct Looks {
    unsigned status;
    std::string_view error;    // RFC 6750 3.1, RFC 6749 4.1.2.1, or ours
    std::string_view message;  // the status in words
    std::string_view title;
    std::string_view next;
};

Looks looks(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::unauthenticated:
            return {401, "unauthorized", "Unauthorized",
                    "You are not logged in",
                    "Log in where you usually do, then open this page again."};
        case Outcome::invalid_request:
            return {400, "invalid_request", "Bad Request",
                    "The request is malformed",
                    "Open the page again from a new window."};
        case Outcome::invalid_token:
            return {401, "invalid_token", "Unauthorized",
                    "Your credentials were refused",
                    "Get new ones, then try again."};
        case Outcome::forbidden:
            return {403, "forbidden", "Forbidden", "You may not see this page",
                    "Ask whoever runs this site for access, or log in as "
                    "somebody else."};
        case Outcome::callback:
            return {400, "login_failed", "Bad Request",
                    "The login did not succeed",
                    "Try again. If that does not help, close other tabs that "
                    "wait for a login, and allow cookies for this site."};
        case Outcome::not_allowed:
            return {405, "method_not_allowed", "Method Not Allowed",
                    "This address does not work that way",
                    "Go back to the site and follow its own links."};
        case Outcome::unavailable:
            return {503, "temporarily_unavailable", "Service Unavailable",
                    "The login service does not answer",
                    "Wait a few seconds, then open this page again."};
        case Outcome::internal:
            return {500, "server_error", "Internal Server Error",
                    "Something is wrong on our side",
                    "Tell whoever runs this site the reason below."};
    }
    return {500, "server_error", "Internal Server Error", "", ""};
}

// RFC 6750 3: without an error when no credential came.
std::string challenge(const Provider& provider, std::string_view error,
                      std::string_view description) {
    std::string value = "Bearer realm=" + base::quoted_string(realm(provider));

    if (!error.empty()) {
        value.append(", error=").append(base::quoted_string(error));
        value.append(", error_description=");
        value.append(base::quoted_string(description));
    }
    return value;
}

std::string www_authenticate(const Provider& provider, Outcome outcome,
                             const base::Error& error) {
    switch (outcome) {
        case Outcome::unauthenticated:
            return challenge(provider, "", "");
        case Outcome::invalid_request:
            return challenge(provider, "invalid_request", error.why);
        case Outcome::invalid_token:
            return challenge(provider, "invalid_token", error.why);
        case Outcome::forbidden:
        case Outcome::callback:
        case Outcome::not_allowed:
        case Outcome::unavailable:
        case Outcome::internal:
            return "";
    }
    return "";
}

void write_json(Response& response, std::string_view error,
                std::string_view message) {
    response.content_type = "application/json; charset=utf-8";
    response.body = "{\"error\":" + base::json::quote(error) +
                    ",\"message\":" + base::json::quote(message) + "}";
}

// `retry`: "" without a link.
void write_page(Response& response, Outcome outcome, const base::Error& error,
                std::string_view retry) {
    const Looks shown = looks(outcome);

    response.content_type = "text/html; charset=utf-8";
    response.body = render({.title = shown.title,
                            .text = shown.next,
                            .link_text = retry.empty() ? "" : "Try again",
                            .link = retry,
                            .reason_word = base::word(error.code),
                            .reason = error.why});
}

// A link never leaves our own origin, whatever the caller was given.
std::string own_path(std::string_view path) {
    const auto uri = base::SameOriginUri::parse(path);

    return uri ? uri->text() : base::SameOriginUri::root().text();
}

// All of a refusal but its body.
Response frame(Outcome outcome, const Provider& provider,
               const base::Error& error) {
    Response response;

    response.status = looks(outcome).status;
    response.reason = error;
    response.www_authenticate = www_authenticate(provider, outcome, error);
    if (outcome == Outcome::unavailable) {
        response.retry_after = kRetryAfter;
    }
    return response;
}

Response refuse_as(Outcome outcome, const RequestContext& context,
                   const base::Error& error, std::string_view retry) {
    const Looks shown = looks(outcome);
    Response response = frame(outcome, context.provider, error);

    if (base::prefers_html(context.facts.accept)) {
        write_page(response, outcome, error, retry);
    } else {
        write_json(response, shown.error, shown.message);
    }
    return response;
}

// The outcome of a refused login; errors of the provider and of this server
// keep theirs.
Outcome login_outcome(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::unauthenticated:
        case Outcome::invalid_request:
        case Outcome::invalid_token:
        case Outcome::forbidden:
        case Outcome::callback:
            return Outcome::callback;
        case Outcome::not_allowed:
        case Outcome::unavailable:
        case Outcome::internal:
            return outcome;
    }
    return Outcome::internal;
}

}  // namespace

std::string realm(const Provider& provider) {
    const auto url = base::Url::parse(provider.issuer);

    return url ? url->host : provider.name;
}

Response refuse(const RequestContext& context, base::Error error,
                std::string_view retry) {
    const Outcome outcome = base::outcome(error.code);
    return refuse_as(outcome, context, error,
                     outcome == Outcome::callback ? own_path(retry) : "");
}

Response refuse_in_json(const Provider& provider, base::Error error) {
    const Outcome outcome = base::outcome(error.code);
    Response response = frame(outcome, provider, error);

    write_json(response, looks(outcome).error, looks(outcome).message);
    return response;
}

Response refuse_login(const RequestContext& context, base::Error error,
                      std::string_view retry) {
    const Outcome outcome = login_outcome(base::outcome(error.code));
    return refuse_as(outcome, context, error,
                     outcome == Outcome::not_allowed ? "" : own_path(retry));
}

Response refuse_logout(const RequestContext& context, base::Error error) {
    Response response = refuse(context, error);

    if (base::outcome(error.code) != Outcome::not_allowed) {
        response.status = 400;
    }
    response.www_authenticate.clear();
    response.retry_after.reset();
    write_json(response, "invalid_request", error.why);
    return response;
}

Response refuse_scope(const RequestContext& context, const AllOf& scopes) {
    const base::Error error(Errc::scope_missing);
    Response response = refuse(context, error);
    std::string list;

    for (const std::string& scope : scopes) {
        list.append(list.empty() ? "" : " ").append(scope);
    }
    response.www_authenticate =
        challenge(context.provider, "insufficient_scope", error.why)
            .append(", scope=")
            .append(base::quoted_string(list));
    if (!base::prefers_html(context.facts.accept)) {
        write_json(response, "insufficient_scope", "Forbidden");
    }
    return response;
}

Response go_on_from_here(std::string_view path) {
    Response response;

    response.status = 200;
    response.content_type = "text/html; charset=utf-8";
    response.body = render({.title = "You are logged in",
                            .text = "The page that you asked for follows.",
                            .link_text = "Go on",
                            .link = path,
                            .goes_on = true});
    return response;
}

Response redirect(std::string location) {
    Response response;

    response.status = 302;
    response.location = std::move(location);
    return response;
}

}  // namespace oidc::web
