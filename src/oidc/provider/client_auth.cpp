// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/client_auth.hpp"

#include <utility>

#include "base/http.hpp"
#include "oidc/policy.hpp"

namespace oidc::provider {
namespace {

ClientAuth choose_method(const Provider& provider, const Metadata& metadata,
                         const Client& client) {
    if (client.secret.empty()) {
        return ClientAuth::none;
    }
    if (provider.client_auth == ClientAuth::basic ||
        provider.client_auth == ClientAuth::post) {
        return provider.client_auth;
    }
    return metadata.auth_basic || !metadata.auth_post ? ClientAuth::basic
                                                      : ClientAuth::post;
}

}  // namespace

base::Result<Call> client_request(CallKind kind, const std::string& url,
                                  const RequestContext& context,
                                  const Metadata& metadata,
                                  base::FormWriter form, base::Instant now) {
    const Provider& provider = context.provider;
    // client_auth_method none is about ourselves alone: a caller's own
    // secret is always shown.
    const bool silent = provider.client_auth == ClientAuth::none;
    std::string_view secret =
        silent ? std::string_view() : provider.client_secret.reveal();
    std::string_view other =
        silent ? std::string_view() : provider.second_client_secret.reveal();
    if (!other.empty() && context.ports.provider.uses_second_secret()) {
        std::swap(secret, other);
    }
    auto call = client_request(kind, url, context, metadata,
                               {provider.client_id, secret}, form, now);
    if (call && !other.empty()) {
        auto otherwise =
            client_request(kind, url, context, metadata,
                           {provider.client_id, other}, std::move(form), now);
        if (!otherwise) {
            return otherwise;
        }
        call->otherwise = std::make_unique<Call>(std::move(*otherwise));
    }
    return call;
}

base::Result<Call> client_request(CallKind kind, const std::string& url,
                                  const RequestContext& context,
                                  const Metadata& metadata,
                                  const Client& client, base::FormWriter form,
                                  base::Instant) {
    if (url.empty()) {
        return base::Errc::endpoint_missing;
    }
    const ClientAuth auth = choose_method(context.provider, metadata, client);
    Call call;
    call.kind = kind;
    call.post = true;
    call.url = url;
    call.content_type = "application/x-www-form-urlencoded";
    // A client uses one way at a time (RFC 6749 2.3): some providers refuse
    // client_id beside Basic.
    if (auth == ClientAuth::basic) {
        call.authorization =
            base::basic_client_authorization(client.id, client.secret);
    } else {
        form.add("client_id", client.id);
    }
    if (auth == ClientAuth::post) {
        form.add("client_secret", client.secret);
    }
    call.body = base::Secret(form.text());
    return call;
}

}  // namespace oidc::provider
