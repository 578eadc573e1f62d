// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/session_info_handler.hpp"

#include "base/json_object.hpp"
#include "ngx/clock.hpp"
#include "ngx/request/request_ctx.hpp"
#include "ngx/request/respond.hpp"
#include "oidc/web/refusal.hpp"

namespace ngx {

namespace {

using base::json::Object;

// The claims that a page can show to its user.
constexpr std::string_view kClaims[] = {"sub",
                                        "name",
                                        "email",
                                        "preferred_username",
                                        "picture",
                                        "groups",
                                        "cognito:username",
                                        "cognito:groups"};

std::string describe(const oidc::Identity& who) {
    std::string text;
    {
        Object all(text);
        all.member("authenticated") += "true";
        all.text("user", who.user);
        all.text("provider", who.provider);
        all.text("method", oidc::word(who.method));
        all.text("scope", who.scope);
        all.integer("expires_in",
                    std::max<std::int64_t>((who.expires - now()).count(), 0));
        Object claims(all.member("claims"));
        for (std::string_view name : kClaims) {
            if (base::json::Value value = who.claims.get(name);
                value.present()) {
                claims.member(name) += value.text();
            }
        }
    }
    return text;
}

std::string describe_nobody(base::Errc reason) {
    std::string text;
    {
        Object all(text);
        all.member("authenticated") += "false";
        all.text("error", base::word(reason));
    }
    return text;
}

// Under `auth_oidc_unauthenticated pass`, or without protection.
oidc::Response nobody(ngx_http_request_t* r, Request* request) {
    base::Errc reason = request && request->reason()
                            ? request->reason()->code
                            : base::Errc::credential_missing;
    oidc::Response response;
    if (request && request->provider()) {
        response.www_authenticate =
            oidc::web::refuse(
                request->context(*request->provider(), loc_conf(r).policy),
                base::Errc::credential_missing)
                .www_authenticate;
    }
    response.status = NGX_HTTP_UNAUTHORIZED;
    response.body = describe_nobody(reason);
    return response;
}

}  // namespace

ngx_int_t session_info_handler(ngx_http_request_t* r) {
    if (!is_reading(r)) {
        return refuse_method(r);
    }
    Request* request = Request::find(r);
    const oidc::Identity* who = request ? request->identity() : nullptr;
    oidc::Response response;
    if (who) {
        response.status = NGX_HTTP_OK;
        response.body = describe(*who);
    } else {
        response = nobody(r, request);
    }
    response.content_type = "application/json";
    return send_content(r, response);
}

}  // namespace ngx
