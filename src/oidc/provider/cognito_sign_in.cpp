// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/cognito_sign_in.hpp"

#include "base/base64url.hpp"
#include "base/http.hpp"
#include "base/json.hpp"
#include "crypto/hmac.hpp"
#include "oidc/provider/reply.hpp"
#include "oidc/step.hpp"

namespace oidc::provider {
namespace {

using base::Errc;
using base::Error;
using base::json::Value;

constexpr std::string_view kJson = "application/x-amz-json-1.1";
constexpr std::string_view kTarget =
    "X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth";

void add_member(std::string& object, std::string_view name,
                std::string_view text) {
    object.append(object.empty() ? "{" : ",");
    object.append(base::json::quote(name)).append(":");
    object.append(base::json::quote(text));
}

// Base64 of HMAC-SHA256 under the client's secret over name and client id.
base::Result<std::string> secret_hash(std::string_view secret,
                                      const Provider& provider,
                                      std::string_view user) {
    auto mac = crypto::hmac(crypto::Hash::sha256, secret,
                            std::string(user) + provider.client_id);
    if (!mac) {
        return mac.error();
    }
    return base::base64_encode(*mac);
}

// `by_message`: the message tells an error of the user from one of the
// operator, which have one type.
enum class Meaning { person, operators, by_message, throttled };

struct Row {
    std::string_view type;
    Meaning meaning;
};

constexpr Row kErrors[] = {
    {"NotAuthorizedException", Meaning::by_message},
    {"UserNotFoundException", Meaning::person},
    {"UserNotConfirmedException", Meaning::person},
    {"PasswordResetRequiredException", Meaning::person},
    {"UserLambdaValidationException", Meaning::person},
    {"InvalidParameterException", Meaning::by_message},
    {"ResourceNotFoundException", Meaning::operators},
    {"InvalidUserPoolConfigurationException", Meaning::operators},
    {"TooManyRequestsException", Meaning::throttled},
    {"LimitExceededException", Meaning::throttled},
};

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

bool is_operators(std::string_view type, std::string_view message) {
    if (type == "NotAuthorizedException") {
        return holds(message, "SECRET_HASH") || holds(message, "secret hash");
    }
    return !holds(message, "validation error") && !holds(message, "Value at");
}

Error refusal(Value root) {
    std::string_view type = root.member("__type").string().value_or("");
    // "com.amazonaws.cognito…#NotAuthorizedException" in some partitions.
    type.remove_prefix(type.rfind('#') + 1);
    const std::string_view message =
        root.member("message").string().value_or("");
    const Error ours{Errc::client_refused,
                     "cognito refuses this client: see client_id, "
                     "client_secret and whether it has "
                     "ALLOW_USER_PASSWORD_AUTH"};

    for (const Row& row : kErrors) {
        if (row.type != type) {
            continue;
        }
        switch (row.meaning) {
            case Meaning::person:
                return Errc::credentials_refused;
            case Meaning::operators:
                return ours;
            case Meaning::by_message:
                return is_operators(type, message)
                           ? ours
                           : Error(Errc::credentials_refused);
            case Meaning::throttled:
                return Errc::idp_throttled;
        }
    }
    return {Errc::idp_error, "cognito answered the sign-in with an error"};
}

// The document, whatever the status.
base::Result<base::json::Document> document(const ProviderReply& reply) {
    const bool is_json =
        base::media_type_is(reply.content_type, kJson) ||
        base::media_type_is(reply.content_type, "application/json");
    auto body = base::json::Document::parse(reply.body);
    if (!is_json || !body || !body->root().is_object()) {
        return reply.status == 200 ? Error(Errc::idp_malformed,
                                           "the sign-in's answer is not "
                                           "JSON")
                                   : Error(Errc::idp_error);
    }
    return body;
}

}  // namespace

namespace {

base::Result<Call> request_with(std::string_view secret,
                                const Provider& provider, std::string_view user,
                                std::string_view password) {
    std::string parameters;
    add_member(parameters, "USERNAME", user);
    add_member(parameters, "PASSWORD", password);
    if (!secret.empty()) {
        const auto hash = secret_hash(secret, provider, user);
        if (!hash) {
            return hash.error();
        }
        add_member(parameters, "SECRET_HASH", *hash);
    }
    std::string body;
    add_member(body, "AuthFlow", "USER_PASSWORD_AUTH");
    add_member(body, "ClientId", provider.client_id);
    body.append(",\"AuthParameters\":").append(parameters).append("}}");
    base::wipe(parameters.data(), parameters.size());

    Call call;
    call.kind = CallKind::password;
    call.post = true;
    call.url = provider.service_url + "/";
    call.content_type = kJson;
    call.header = kTarget;
    call.body = base::Secret::take(body);
    return call;
}

}  // namespace

base::Result<Call> sign_in_request(const RequestContext& context,
                                   std::string_view user,
                                   std::string_view password) {
    const Provider& provider = context.provider;
    std::string_view secret = provider.client_secret.reveal();
    std::string_view other = provider.second_client_secret.reveal();
    if (!other.empty() && context.ports.provider.uses_second_secret()) {
        std::swap(secret, other);
    }
    auto call = request_with(secret, provider, user, password);
    if (call && !other.empty()) {
        auto otherwise = request_with(other, provider, user, password);
        if (!otherwise) {
            return otherwise;
        }
        call->otherwise = std::make_unique<Call>(std::move(*otherwise));
    }
    return call;
}

base::Result<TokenResponse> parse_sign_in(const ProviderReply& reply,
                                          base::Instant now) {
    if (const auto failed = failure(reply)) {
        return *failed;
    }
    const auto body = document(reply);
    if (!body) {
        return body.error();
    }
    if (reply.status != 200) {
        return refusal(body->root());
    }
    const Value result = body->root().member("AuthenticationResult");
    if (!result.is_object()) {
        return body->root().member("ChallengeName").is_string()
                   ? Error(Errc::credentials_refused,
                           "cognito asks for more than a password")
                   : Error(Errc::idp_malformed,
                           "the sign-in's answer holds no tokens");
    }
    return read_tokens(result,
                       {.token_type = "TokenType",
                        .access_token = "AccessToken",
                        .id_token = "IdToken",
                        .refresh_token = "RefreshToken",
                        .expires_in = "ExpiresIn"},
                       now);
}

}  // namespace oidc::provider
