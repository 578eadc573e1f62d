// SPDX-License-Identifier: Apache-2.0
// What the core is given about a request.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace oidc {

// Views into the request's memory; they outlive the flow.
struct RequestFacts {
    std::string_view method;       // "GET"
    std::string_view scheme;       // "http" or "https", as nginx sees it
    std::string_view host;         // lower case, with a port if one was sent
    std::string_view path;         // normalised, as locations are matched
    std::string_view query;        // raw, without "?"
    std::string_view request_uri;  // path and query as sent

    std::vector<std::string_view> authorization;
    std::vector<std::string_view> cookies;  // Cookie header fields

    std::vector<std::string_view> refresh_tokens;  // of refresh_token_header

    std::string_view accept;
    std::string_view sec_fetch_mode;
    std::string_view sec_fetch_dest;
    std::string_view sec_fetch_site;
    std::string_view sec_purpose;  // or "Purpose"
    std::string_view upgrade;
    std::string_view x_requested_with;

    std::string_view origin;
    std::string_view access_control_request_method;

    // The longest line of a request header that the server reads; 0: any.
    std::size_t header_line_bytes = 0;

    bool has_body = false;  // or may have one
    std::string_view content_type;
    std::string_view body;  // read for backchannel_logout_uri alone
};

}  // namespace oidc
