// SPDX-License-Identifier: Apache-2.0
// Makes the core's RequestFacts from nginx's request.
#pragma once

#include "ngx/ngx.hpp"
#include "oidc/request_facts.hpp"

namespace ngx {

// "http" or "https", as nginx sees it.
std::string_view scheme_of(ngx_http_request_t*) noexcept;

// The host in lower case, and the port as it was sent: ":8443", or "".
struct Authority {
    std::string_view host;
    std::string_view port;
};
Authority authority_of(ngx_http_request_t*) noexcept;

// The facts are views into the memory of the request.
oidc::RequestFacts gather_facts(ngx_http_request_t*);
// The lines of refresh_token_header: "" is none.
void note_refresh_tokens(oidc::RequestFacts&, ngx_http_request_t*,
                         std::string_view name);
// The parts that an internal redirect changes.
void update_facts(oidc::RequestFacts&, ngx_http_request_t*);

}  // namespace ngx
