// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/fast_path.hpp"

#include "ngx/request/gather_facts.hpp"
#include "ngx/request/headers.hpp"

namespace ngx {

namespace {

bool may_show_more(ngx_http_request_t* r, const oidc::Provider& provider) {
    return (!provider.logout.query_arg.empty() && r->args.len != 0) ||
           (!provider.refresh_token_header.empty() &&
            loc_conf(r).policy.methods.has(oidc::Method::refresh_token));
}

void note_line(oidc::access::Shown& shown, const ngx_table_elt_t& line) {
    if (is_named(line, "authorization")) {
        shown.authorizations++;
        shown.authorization = view(line.value);
    } else if (is_named(line, "cookie")) {
        if (shown.cookie_lines < shown.kMaxCookieLines) {
            shown.cookies[shown.cookie_lines] = view(line.value);
        }
        shown.cookie_lines++;
    }
}

}  // namespace

oidc::access::Shown shown_by(ngx_http_request_t* r, const ProviderConf& p) {
    oidc::access::Shown shown;
    shown.may_show_more = may_show_more(r, p.policy);
    if (shown.may_show_more) {
        return shown;
    }
    shown.scheme = scheme_of(r);
    each_header(r->headers_in.headers,
                [&](const ngx_table_elt_t& line) { note_line(shown, line); });
    if (shown.cookie_lines != 0) {  // what a session is bound to
        const Authority at = authority_of(r);
        shown.host = at.host;
        shown.port = at.port;
    }
    return shown;
}

}  // namespace ngx
