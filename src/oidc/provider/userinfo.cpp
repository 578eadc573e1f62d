// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/userinfo.hpp"

#include <algorithm>
#include <array>

#include "base/http.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/reply.hpp"

namespace oidc::provider {
namespace {

using base::Errc;
using base::Error;

constexpr std::array<std::string_view, 16> kProtocolClaims = {
    "iss", "sub",     "aud",    "exp",       "nbf", "iat", "jti", "nonce",
    "azp", "at_hash", "c_hash", "auth_time", "acr", "amr", "sid", "token_use"};

bool is_protocol_claim(std::string_view name) {
    return std::find(kProtocolClaims.begin(), kProtocolClaims.end(), name) !=
           kProtocolClaims.end();
}

void add_member(std::string& object, std::string_view name,
                std::string_view json) {
    object += object.empty() ? '{' : ',';
    object += base::json::quote(name);
    object += ':';
    object += json;
}

// Cognito's UserInfo knows strings alone; its ID token has real booleans.
// "" for a verdict that is neither.
std::string claim_text(std::string_view name, base::json::Value value,
                       Profile profile) {
    if (!traits(profile).has_text_booleans || !value.is_string() ||
        (name != "email_verified" && name != "phone_number_verified")) {
        return value.text();
    }
    const auto text = value.string();
    return text == "true" ? "true" : text == "false" ? "false" : "";
}

}  // namespace

Call userinfo_request(const Metadata& metadata,
                      const base::Secret& access_token) {
    Call call;
    call.kind = CallKind::userinfo;
    call.url = metadata.endpoints.userinfo;
    std::string header = "Bearer ";
    header += access_token.reveal();
    call.authorization = base::Secret::take(header);
    call.max_bytes = kMaxUserinfoBytes;
    return call;
}

base::Result<jose::Claims> parse_userinfo(const ProviderReply& reply) {
    if (const auto failed = failure(reply)) {
        return *failed;
    }
    if (reply.status != 200) {
        return Error(Errc::idp_error,
                     "the userinfo endpoint refused the access_token; was "
                     "openid among its scopes?");
    }
    // OpenID Connect Core 5.3.2.
    if (base::media_type_is(reply.content_type, "application/jwt")) {
        return Error(Errc::idp_unsupported,
                     "userinfo is a JWT: the client must be registered "
                     "without userinfo_signed_response_alg");
    }
    if (!base::media_type_is(reply.content_type, "application/json")) {
        return Error(Errc::idp_malformed, "userinfo is not application/json");
    }
    auto claims = jose::Claims::parse(reply.body);
    if (!claims) {
        return Error(Errc::idp_malformed, "userinfo is no JSON object");
    }
    return claims;
}

base::Result<jose::Claims> read_userinfo(const ProviderReply& reply,
                                         std::string_view sub) {
    auto claims = parse_userinfo(reply);
    if (!claims) {
        return claims;
    }
    if (claims->string("sub") != sub) {
        return Errc::userinfo_mismatch;
    }
    return claims;
}

std::string merge_claims(const jose::Claims& id_token,
                         const jose::Claims& userinfo, Profile profile) {
    std::string object;
    id_token.root().each_member(
        [&](std::string_view name, base::json::Value value) {
            add_member(object, name, value.text());
        });
    userinfo.root().each_member(
        [&](std::string_view name, base::json::Value value) {
            const std::string text = claim_text(name, value, profile);
            if (!is_protocol_claim(name) && !text.empty() &&
                !id_token.get(name).present()) {
                add_member(object, name, text);
            }
        });
    return object.empty() ? "{}" : object + "}";
}

}  // namespace oidc::provider
