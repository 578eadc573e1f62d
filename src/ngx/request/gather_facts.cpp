// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/gather_facts.hpp"

#include "base/ascii.hpp"
#include "base/bad_alloc.hpp"
#include "ngx/request/headers.hpp"
#include "oidc/web/navigation.hpp"

namespace ngx {

namespace {

// The port the client wrote behind the host, with its colon.
std::string_view written_port(std::string_view host) {
    std::size_t colon = host.size();
    while (colon > 0 && base::is_digit(host[colon - 1])) {
        colon--;
    }
    const std::size_t digits = host.size() - colon;
    const bool is_port =
        digits >= 1 && digits <= 5 && colon > 0 && host[colon - 1] == ':';
    return is_port ? host.substr(colon - 1) : std::string_view{};
}

// Over HTTP/3 there is no Host but what nginx has read of :authority.
std::string_view written_authority(ngx_http_request_t* r) noexcept {
    if (r->headers_in.host != nullptr) {
        return view(r->headers_in.host->value);
    }
    return r->host_end == nullptr
               ? std::string_view()
               : view(ngx_str_t{
                     static_cast<std::size_t>(r->host_end - r->host_start),
                     r->host_start});
}

std::string_view host_of(ngx_http_request_t* r) {
    const auto [name, port] = authority_of(r);
    if (port.empty()) {
        return name;
    }
    auto* at =
        static_cast<u_char*>(ngx_pnalloc(r->pool, name.size() + port.size()));
    if (at == nullptr) {
        base::out_of_memory();
    }
    ngx_memcpy(ngx_cpymem(at, name.data(), name.size()), port.data(),
               port.size());
    return {reinterpret_cast<char*>(at), name.size() + port.size()};
}

struct Field {
    std::string_view name;
    std::string_view oidc::RequestFacts::*member;
};

constexpr Field kFields[] = {
    {"accept", &oidc::RequestFacts::accept},
    {"sec-fetch-mode", &oidc::RequestFacts::sec_fetch_mode},
    {"sec-fetch-dest", &oidc::RequestFacts::sec_fetch_dest},
    {"sec-fetch-site", &oidc::RequestFacts::sec_fetch_site},
    {"sec-purpose", &oidc::RequestFacts::sec_purpose},
    {"purpose", &oidc::RequestFacts::sec_purpose},
    {"x-sec-purpose", &oidc::RequestFacts::sec_purpose},  // Turbo
    {"x-purpose", &oidc::RequestFacts::sec_purpose},
    {"x-moz", &oidc::RequestFacts::sec_purpose},
    {"upgrade", &oidc::RequestFacts::upgrade},
    {"x-requested-with", &oidc::RequestFacts::x_requested_with},
    {"content-type", &oidc::RequestFacts::content_type},
    {"origin", &oidc::RequestFacts::origin},
    {"access-control-request-method",
     &oidc::RequestFacts::access_control_request_method},
};

constexpr std::string_view kAuthorization = "authorization";
constexpr std::string_view kCookie = "cookie";
constexpr std::string_view kNextPrefetch = "next-router-prefetch";

// The lengths of all names, as bits: most other lines have none of them.
constexpr std::uint64_t lengths() noexcept {
    std::uint64_t bits = 0;
    for (const std::string_view name :
         {kAuthorization, kCookie, kNextPrefetch}) {
        bits |= std::uint64_t{1} << name.size();
    }
    for (const Field& field : kFields) {
        bits |= std::uint64_t{1} << field.name.size();
    }
    return bits;
}

void note_line(oidc::RequestFacts& facts, const ngx_table_elt_t& line) {
    if (line.key.len >= 64 || (lengths() >> line.key.len & 1) == 0) {
        return;
    }
    if (is_named(line, kAuthorization)) {
        facts.authorization.push_back(view(line.value));
        return;
    }
    if (is_named(line, kCookie)) {
        facts.cookies.push_back(view(line.value));
        return;
    }
    if (is_named(line, kNextPrefetch)) {
        facts.sec_purpose = "prefetch";
        return;
    }
    for (const Field& field : kFields) {
        if (!is_named(line, field.name)) {
            continue;
        }
        // One of them that speaks of a prefetch is enough.
        if (field.member != &oidc::RequestFacts::sec_purpose ||
            !oidc::web::is_prefetch(facts)) {
            facts.*field.member = view(line.value);
        }
        return;
    }
}

}  // namespace

std::string_view scheme_of(ngx_http_request_t* r) noexcept {
#if (NGX_SSL || NGX_COMPAT)
    if (r->connection->ssl) {
        return "https";
    }
#endif
    return "http";
}

// nginx has checked the host and put it into lower case, without a port.
Authority authority_of(ngx_http_request_t* r) noexcept {
    const std::string_view name = view(r->headers_in.server);
    return {name, name.empty() ? std::string_view()
                               : written_port(written_authority(r))};
}

oidc::RequestFacts gather_facts(ngx_http_request_t* r) {
    oidc::RequestFacts facts;
    facts.method = view(r->method_name);
    facts.scheme = scheme_of(r);
    facts.host = host_of(r);
    each_header(r->headers_in.headers,
                [&](const ngx_table_elt_t& l) { note_line(facts, l); });
    facts.header_line_bytes =
        static_cast<ngx_http_core_srv_conf_t*>(
            ngx_http_get_module_srv_conf(r, ngx_http_core_module))
            ->large_client_header_buffers.size;
    facts.has_body =
        r->headers_in.content_length_n > 0 || r->headers_in.chunked;
    update_facts(facts, r);
    return facts;
}

void note_refresh_tokens(oidc::RequestFacts& facts, ngx_http_request_t* r,
                         std::string_view name) {
    if (name.empty()) {
        return;
    }
    facts.refresh_tokens.clear();
    each_header(r->headers_in.headers, [&](const ngx_table_elt_t& line) {
        if (is_named(line, name)) {
            facts.refresh_tokens.push_back(view(line.value));
        }
    });
}

void update_facts(oidc::RequestFacts& facts, ngx_http_request_t* r) {
    facts.path = view(r->uri);
    facts.query = view(r->args);
    facts.request_uri = view(r->unparsed_uri);
}

}  // namespace ngx
