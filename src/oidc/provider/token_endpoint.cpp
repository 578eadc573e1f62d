// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/token_endpoint.hpp"

#include <algorithm>
#include <charconv>

#include "base/http.hpp"
#include "base/json.hpp"
#include "oidc/provider/error_word.hpp"
#include "oidc/provider/reply.hpp"

namespace oidc::provider {
namespace {

using base::Errc;
using base::Error;

// Tokens are copied into header fields and forms unchanged (RFC 6749 A.12,
// A.17).
bool is_token(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c > ' ' && c <= '~'; });
}

// Absent and null are the same: empty. Another type, or bytes that no token
// has, fail.
base::Result<base::Secret> token_member(base::json::Value root,
                                        std::string_view name) {
    const base::json::Value value = root.member(name);
    if (!value.present() || value.is_null()) {
        return base::Secret();
    }
    const auto text = value.string();
    if (!text || !is_token(*text)) {
        return Error(Errc::idp_malformed,
                     "a token in the token response is no token");
    }
    return base::Secret(*text);
}

// RFC 6749 5.1, and what providers make of it: a number in a string.
base::Result<base::Seconds> expires_in(base::json::Value value) {
    if (!value.present() || value.is_null()) {
        return kDefaultExpiresIn;
    }
    std::int64_t seconds = kMaxExpiresIn.count();
    if (value.is_number()) {
        // No 64-bit integer: a number beyond all of them.
        seconds = value.integer().value_or(seconds);
    } else {
        const std::string_view text = value.string().value_or("");
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, seconds);
        if (read.ec == std::errc::result_out_of_range) {
            seconds = kMaxExpiresIn.count();
        } else if (read.ec != std::errc() || read.ptr != end) {
            return Error(Errc::idp_malformed,
                         "the token response's expires_in is no number");
        }
    }
    return std::clamp(base::Seconds(seconds), base::Seconds(0), kMaxExpiresIn);
}

bool is_invalid_redirect(base::json::Value root) {
    return root.member("error_description").string().value_or("") ==
           "invalid_redirect";
}

// RFC 6749 5.2. The hints are what Amazon Cognito means by these words.
Error refusal(base::json::Value root) {
    const std::string_view error = root.member("error").string().value_or("");
    if (error == "invalid_grant") {
        return {Errc::code_refused,
                "the token endpoint says invalid_grant: used, late or revoked, "
                "or (Cognito) the client may not read an attribute of a scope"};
    }
    if (error == "invalid_client") {
        return {Errc::client_refused,
                "the token endpoint says invalid_client: see client_id, "
                "client_secret and client_auth_method"};
    }
    if (is_invalid_redirect(root)) {
        return {Errc::client_refused,
                "the token endpoint says invalid_redirect: redirect_uri is not "
                "the one that was registered"};
    }
    if (error == "unauthorized_client") {
        return {Errc::client_refused,
                "the token endpoint says unauthorized_client: the grant is not "
                "enabled or (Cognito) redirect_uri is not registered"};
    }
    if (error.empty()) {
        return {Errc::idp_error,
                "the token endpoint answered with a status that is no answer"};
    }
    return error_word(error).of_token_endpoint;
}

// The document of a reply with an error word (RFC 6749 5.2).
base::Result<base::json::Document> error_body(const ProviderReply& reply) {
    if (!base::media_type_is(reply.content_type, "application/json")) {
        return Errc::idp_malformed;
    }
    auto body = base::json::Document::parse(reply.body);
    return body && body->root().member("error").is_string()
               ? std::move(body)
               : Errc::idp_malformed;
}

Error refusal(const ProviderReply& reply) {
    if (reply.status < 400) {
        return {Errc::idp_malformed,
                "the token endpoint answered with a redirect or no content"};
    }
    if (auto body = error_body(reply)) {
        return refusal(body->root());
    }
    if (reply.status == 401) {  // RFC 6749 5.2: invalid_client, unsaid
        return {Errc::client_refused,
                "the token endpoint answered 401: see client_id, "
                "client_secret and client_auth_method"};
    }
    return refusal(base::json::Value());
}

// The document of a reply that says 200.
base::Result<base::json::Document> success_body(const ProviderReply& reply) {
    if (!base::media_type_is(reply.content_type, "application/json")) {
        return Error(Errc::idp_malformed,
                     "the token response is not application/json");
    }
    auto body = base::json::Document::parse(reply.body);
    if (!body || !body->root().is_object()) {
        return Error(Errc::idp_malformed,
                     "the token response is no JSON object");
    }
    return body;
}

}  // namespace

base::Result<Call> code_request(const RequestContext& context,
                                const Metadata& metadata, std::string_view code,
                                std::string_view redirect_uri,
                                std::string_view code_verifier,
                                base::Instant now) {
    base::FormWriter form;
    form.add("grant_type", "authorization_code")
        .add("code", code)
        .add("redirect_uri", redirect_uri);
    if (!code_verifier.empty()) {
        form.add("code_verifier", code_verifier);
    }
    return client_request(CallKind::token_code, metadata.endpoints.token,
                          context, metadata, std::move(form), now);
}

base::Result<Call> refresh_request(const RequestContext& context,
                                   const Metadata& metadata,
                                   const base::Secret& refresh_token,
                                   base::Instant now) {
    base::FormWriter form;
    form.add("grant_type", "refresh_token")
        .add("refresh_token", refresh_token.reveal());
    return client_request(CallKind::token_refresh, metadata.endpoints.token,
                          context, metadata, std::move(form), now);
}

base::Result<TokenResponse> read_tokens(base::json::Value root,
                                        const TokenMembers& names,
                                        base::Instant now) {
    const std::string_view type =
        root.member(names.token_type).string().value_or("");
    if (!base::equals_ignore_case(type, "bearer")) {
        return Error(Errc::idp_unsupported,
                     "the token response's token_type is not Bearer");
    }
    auto access = token_member(root, names.access_token);
    auto id = token_member(root, names.id_token);
    auto refresh = token_member(root, names.refresh_token);
    const auto life = expires_in(root.member(names.expires_in));
    for (const auto* token : {&access, &id, &refresh}) {
        if (!*token) {
            return token->error();
        }
    }
    if (!life) {
        return life.error();
    }
    if (access->empty()) {
        return Error(Errc::idp_unsupported,
                     "the token response has no access_token; does scope ask "
                     "for one?");
    }
    TokenResponse tokens;
    tokens.access_token = std::move(*access);
    tokens.id_token = std::move(*id);
    tokens.refresh_token = std::move(*refresh);
    if (const auto scope = root.member("scope").string()) {
        tokens.scope = std::string(*scope);
    }
    tokens.access_expires = base::saturating_add(now, *life);
    return tokens;
}

base::Result<TokenResponse> parse_token_response(const ProviderReply& reply,
                                                 base::Instant now) {
    if (const auto failed = failure(reply)) {
        return *failed;
    }
    if (reply.status != 200) {
        return refusal(reply);
    }
    auto body = success_body(reply);
    if (!body) {
        return body.error();
    }
    return read_tokens(body->root(), {}, now);
}

bool is_about_user(const ProviderReply& reply) {
    if (failure(reply) || reply.status < 400) {
        return false;
    }
    const auto body = error_body(reply);
    return body &&
           error_word(body->root().member("error").string().value_or(""))
                   .subject == Subject::user;
}

Error grant_error(const ProviderReply& reply, Error parsed,
                  std::initializer_list<std::string_view> of_caller) {
    const bool is_refusal = !failure(reply) && reply.status >= 400;
    if (!is_refusal) {
        return parsed;
    }
    auto body = error_body(reply);
    // RFC 6749 5.2: a bare 401 says invalid_client.
    const std::string_view word =
        body ? body->root().member("error").string().value_or("")
             : (reply.status == 401 ? "invalid_client" : "");
    if (std::ranges::find(of_caller, word) != of_caller.end()) {
        return Errc::credentials_refused;
    }
    if (word == "invalid_scope") {
        return {Errc::scope_missing,
                "the provider does not grant this client the scope"};
    }
    if (word == "unsupported_grant_type") {
        return {Errc::client_refused,
                "the token endpoint says unsupported_grant_type"};
    }
    if (parsed.code == Errc::client_refused) {
        return parsed;
    }
    Error error(Errc::idp_error,
                "the token endpoint refused, and not the credential");
    if (const ErrorWord& known = error_word(word); !known.word.empty()) {
        error.why = known.of_token_endpoint.why;
    }
    return error;
}

}  // namespace oidc::provider
