// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/own_endpoints.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/form.hpp"

namespace oidc::web {
namespace {

// Parameters with which a provider may answer a login. Only `code` is
// requested; a response with others must reach the callback to be refused (RFC
// 9700 2.1.2).
constexpr std::array<std::string_view, 5> kResponses = {
    "code", "error", "id_token", "access_token", "response"};

// Names as they were sent: a query that cannot be decoded is still a
// callback's, and refused there.
template <class Matches>
bool has_parameter(std::string_view query, Matches matches) {
    while (!query.empty()) {
        const std::string_view pair = base::take_until(query, '&');
        if (matches(pair.substr(0, pair.find('=')))) {
            return true;
        }
    }
    return false;
}

bool is_response(std::string_view name) {
    return std::find(kResponses.begin(), kResponses.end(), name) !=
           kResponses.end();
}

}  // namespace

OwnEndpoint classify(const Provider& provider, const RequestFacts& facts) {
    const auto fits = [&](const OwnAddress& a) { return a.path == facts.path; };
    if (provider.logout.uri && fits(*provider.logout.uri)) {
        return OwnEndpoint::logout;
    }
    const auto is_at = [&](const std::string& path) {
        return !path.empty() && path == facts.path;
    };
    if (is_at(provider.logout.frontchannel_path)) {
        return OwnEndpoint::frontchannel_logout;
    }
    if (is_at(provider.logout.backchannel_path)) {
        return OwnEndpoint::backchannel_logout;
    }
    if (std::none_of(provider.redirect_uris.begin(),
                     provider.redirect_uris.end(), fits) ||
        !has_parameter(facts.query, is_response)) {
        return OwnEndpoint::none;
    }
    const auto is_state = [](std::string_view name) { return name == "state"; };
    return has_parameter(facts.query, is_state)
               ? OwnEndpoint::callback
               : OwnEndpoint::callback_stateless;
}

bool is_logout_request(const Provider& provider, const RequestFacts& facts) {
    const std::string& arg = provider.logout.query_arg;
    return !arg.empty() &&
           has_parameter(facts.query,
                         [&](std::string_view name) { return name == arg; });
}

}  // namespace oidc::web
