// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/discovery.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"
#include "base/json.hpp"
#include "base/url.hpp"
#include "oidc/policy.hpp"

namespace oidc::provider {
namespace {

using base::Errc;
using base::Error;
using base::json::Value;

// Whether the browser or the module opens the address.
enum class Caller { browser, us };

struct EndpointRow {
    std::string_view member;
    std::string ProviderEndpoints::*endpoint;
    Caller caller;
};

constexpr EndpointRow kEndpoints[] = {
    {"authorization_endpoint", &ProviderEndpoints::authorization,
     Caller::browser},
    {"token_endpoint", &ProviderEndpoints::token, Caller::us},
    {"userinfo_endpoint", &ProviderEndpoints::userinfo, Caller::us},
    {"introspection_endpoint", &ProviderEndpoints::introspection, Caller::us},
    {"revocation_endpoint", &ProviderEndpoints::revocation, Caller::us},
    {"end_session_endpoint", &ProviderEndpoints::end_session, Caller::browser},
    {"jwks_uri", &ProviderEndpoints::jwks, Caller::us},
};

bool is_accepted_issuer(const Provider& provider, std::string_view issuer) {
    return issuer == provider.issuer ||
           std::ranges::find(provider.issuers, issuer) !=
               provider.issuers.end();
}

// A host that is written as an address (also 2130706433 and 0x7f.1, which
// resolvers read as one), or that means this machine.
bool is_inner_host(const base::Url& url) {
    std::string_view host = url.host;

    if (url.is_loopback() || host.starts_with('[')) {
        return true;
    }
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    const std::string_view last = host.substr(host.rfind('.') + 1);
    const bool is_number =
        last.starts_with("0x") ||
        (!last.empty() &&
         last.find_first_not_of("0123456789") == std::string_view::npos);
    return is_number || last == "localhost";
}

bool same_machine(const base::Url& inner, std::string_view other) {
    const auto url = base::Url::parse(other);

    return url && (url->host == inner.host ||
                   (url->is_loopback() && inner.is_loopback()));
}

// A document must not send our own calls to an inner host, unless the
// provider was configured to stand there.
bool leads_inside(std::string_view text, const Provider& provider) {
    const auto url = base::Url::parse(text);

    return url && is_inner_host(*url) && !same_machine(*url, provider.issuer) &&
           !same_machine(*url, provider.config_url);
}

std::optional<Error> read_endpoint(const EndpointRow& row, Value document,
                                   const Provider& provider,
                                   std::string& endpoint) {
    const Value value = document.member(row.member);

    if (!endpoint.empty() || !value.present() || value.is_null()) {
        return std::nullopt;  // the configuration goes first
    }
    const auto text = value.string();
    if (!text || !is_allowed_endpoint(*text, provider)) {
        return Error(Errc::idp_malformed,
                     "an endpoint in the metadata is no https URL");
    }
    if (row.caller == Caller::us && leads_inside(*text, provider)) {
        return Error(Errc::idp_malformed,
                     "an endpoint in the metadata is an inner address");
    }
    endpoint = *text;
    return std::nullopt;
}

bool holds(Value array, std::string_view word) {
    for (const Value one : array.elements()) {
        if (one.string() == word) {
            return true;
        }
    }
    return false;
}

}  // namespace

bool is_allowed_endpoint(std::string_view text, const Provider& provider) {
    const auto url = base::Url::parse(text);

    return url && (url->scheme == "https" || url->is_loopback() ||
                   provider.plain_http_allowed);
}

bool is_configured_url(std::string_view url, const Provider& provider) {
    const auto is_given = [&](const EndpointRow& row) {
        return provider.endpoints.*row.endpoint == url;
    };
    return url == provider.config_url ||
           (!provider.service_url.empty() &&
            url == provider.service_url + "/") ||
           std::ranges::any_of(kEndpoints, is_given);
}

bool needs_discovery(const Provider& provider) {
    const ProviderEndpoints& given = provider.endpoints;
    const bool logs_in = !provider.client_id.empty();
    const bool logs_out =
        provider.logout.uri || !provider.logout.query_arg.empty();
    const auto is_missing = [&](Method method) {
        const std::string* needed = needed_endpoint(provider, method);
        return provider.methods.has(method) && needed && needed->empty() &&
               (logs_in || !needs_client_id(method));
    };

    return given.jwks.empty() ||
           (logs_in && (given.authorization.empty() || given.token.empty())) ||
           (provider.userinfo && given.userinfo.empty()) ||
           std::ranges::any_of(kMethods, is_missing) ||
           (logs_out && given.end_session.empty());
}

Metadata configured_metadata(const Provider& provider) {
    Metadata metadata;

    metadata.endpoints = provider.endpoints;
    return metadata;
}

std::string named_issuer(std::string_view text) {
    constexpr std::size_t kLongest = 256;
    const auto document =
        base::json::Document::parse(text, {.bytes = kMaxMetadataBytes});
    const auto issuer =
        document ? document->root().member("issuer").string() : std::nullopt;
    const bool is_fit =
        issuer && issuer->size() <= kLongest &&
        std::ranges::all_of(*issuer, [](char c) {
            return base::is_printable(c) && c != ' ' && c != '"';
        });
    return is_fit ? std::string(*issuer) : "";
}

base::Result<Metadata> parse_metadata(std::string_view text,
                                      const Provider& provider) {
    if (text.size() > kMaxMetadataBytes) {
        return Errc::idp_too_large;
    }
    const auto document =
        base::json::Document::parse(text, {.bytes = kMaxMetadataBytes});
    if (!document || !document->root().is_object()) {
        return Error(Errc::idp_malformed, "the metadata is no JSON object");
    }
    const Value root = document->root();
    const auto issuer = root.member("issuer").string();
    if (!issuer || !is_accepted_issuer(provider, *issuer)) {
        return Errc::discovery_mismatch;
    }

    Metadata metadata = configured_metadata(provider);
    for (const EndpointRow& row : kEndpoints) {
        const auto error = read_endpoint(row, root, provider,
                                         metadata.endpoints.*row.endpoint);
        if (error && row.endpoint == &ProviderEndpoints::jwks) {
            return *error;
        }
        if (error) {
            metadata.unusable.push_back(row.member);
        }
    }
    if (metadata.endpoints.jwks.empty()) {
        return Error(Errc::endpoint_missing, "the metadata has no jwks_uri");
    }
    // Absent means client_secret_basic (OIDC Discovery 3).
    if (const Value methods =
            root.member("token_endpoint_auth_methods_supported");
        methods.present()) {
        metadata.auth_basic = holds(methods, "client_secret_basic");
        metadata.auth_post = holds(methods, "client_secret_post");
    }
    metadata.iss_in_response =
        root.member("authorization_response_iss_parameter_supported").is_true();
    return metadata;
}

}  // namespace oidc::provider
