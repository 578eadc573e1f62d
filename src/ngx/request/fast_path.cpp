// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/fast_path.hpp"

#include "jose/jws.hpp"
#include "ngx/clock.hpp"
#include "ngx/request/gather_facts.hpp"
#include "ngx/request/headers.hpp"
#include "ngx/request/request_ports.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/web/own_cookies.hpp"
#include "oidc/memory/accept_cache.hpp"
#include "oidc/session/cookie_key.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/memory/token_table.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/web/own_origin.hpp"

namespace ngx {

namespace {

// What the short way does not know: a logout by a query argument, and
// credentials in a header of their own.
bool may_mean_more(ngx_http_request_t* r, const oidc::Provider& provider,
                   const oidc::Location& location) {
    return (!provider.logout.query_arg.empty() && r->args.len != 0) ||
           (!provider.refresh_token_header.empty() &&
            location.methods.has(oidc::Method::refresh_token));
}

struct Sole {
    const ngx_table_elt_t* line = nullptr;
    unsigned lines = 0;
};

Sole sole_authorization(ngx_http_request_t* r) {
    Sole found;
    each_header(r->headers_in.headers, [&](const ngx_table_elt_t& line) {
        if (is_named(line, "authorization")) {
            found.line = &line;
            found.lines++;
        }
    });
    return found;
}

Shown look_for_session(ngx_http_request_t* r, Worker& worker,
                       const ProviderConf& p) {
    if (!has_cookies(r)) {
        return {{}, true};
    }
    const Authority at = authority_of(r);
    oidc::session::SessionCookieKey credential(p.policy, scheme_of(r), at.host,
                                               at.port);
    each_header(r->headers_in.headers, [&](const ngx_table_elt_t& line) {
        if (is_named(line, "cookie")) {
            credential.read(view(line.value));
        }
    });
    if (!credential.has_any()) {
        return {{}, true};
    }
    RequestPorts ports(r, worker, p);
    return {oidc::session::known_session(ports, p.policy, loc_conf(r).policy,
                                         credential.pieces(), now())};
}

// A token whose identity is not at hand.
void look_for_acceptance(Shown& shown, ngx_http_request_t* r, Worker& worker,
                         const ProviderConf& p, std::uint64_t generation) {
    worker.accepted().expect(shown.token);
    shown.token_key =
        worker.token_digests().of(p.policy.policy_id, shown.token).of_all();
    switch (worker.accepted().look(
        shown.token, *shown.token_key,
        oidc::memory::location_bit(loc_conf(r).policy), generation, now())) {
        case oidc::memory::TokenTable::Use::unknown:
            worker.expect_verdict(*shown.token_key);
            break;
        case oidc::memory::TokenTable::Use::seldom:
            shown.is_accepted = true;
            break;
        // Its identity should be known, unless it is too long for that.
        case oidc::memory::TokenTable::Use::often:
            shown.is_accepted =
                shown.token.size() >
                oidc::memory::IdentityTable::kMaxCredentialBytes;
            break;
    }
}

Shown look_for_token(ngx_http_request_t* r, Worker& worker,
                     const ProviderConf& p, std::string_view header) {
    const oidc::Location& location = loc_conf(r).policy;
    const std::uint64_t generation = worker.source(p).keys().generation;
    Shown shown{oidc::memory::known_authorization(
        worker.identities(), p.policy, location, header,
        oidc::web::is_https(p.policy, scheme_of(r)), generation, now())};
    shown.token = oidc::memory::bearer_token(header);
    if (!shown.known && !shown.token.empty() &&
        shown.token.size() <= jose::Limits().token_bytes &&
        location.methods.has(oidc::Method::bearer)) {
        look_for_acceptance(shown, r, worker, p, generation);
    }
    return shown;
}

}  // namespace

Shown look_at(ngx_http_request_t* r, Worker& worker, const ProviderConf& p) {
    const oidc::Location& location = loc_conf(r).policy;
    if (may_mean_more(r, p.policy, location)) {
        return {};
    }
    const Sole authorization = sole_authorization(r);
    if (authorization.lines == 0) {
        return look_for_session(r, worker, p);
    }
    if (authorization.lines != 1) {
        return {};
    }
    return look_for_token(r, worker, p, view(authorization.line->value));
}

}  // namespace ngx
