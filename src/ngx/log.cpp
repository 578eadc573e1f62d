// SPDX-License-Identifier: Apache-2.0
#include "ngx/log.hpp"

namespace ngx {

namespace {

ngx_uint_t level_of(base::Outcome outcome) {
    switch (outcome) {
        case base::Outcome::unauthenticated:
            return NGX_LOG_INFO;
        case base::Outcome::invalid_request:
        case base::Outcome::invalid_token:
        case base::Outcome::forbidden:
        case base::Outcome::callback:
        case base::Outcome::not_allowed:
            return NGX_LOG_WARN;
        case base::Outcome::unavailable:
        case base::Outcome::internal:
            return NGX_LOG_ERR;
    }
    return NGX_LOG_ERR;
}

// Like nginx's own function, without the query and the referrer.
u_char* describe_without_query(ngx_http_request_t* r, ngx_http_request_t*,
                               u_char* buffer, size_t size) noexcept {
    const auto* server = static_cast<ngx_http_core_srv_conf_t*>(
        ngx_http_get_module_srv_conf(r, ngx_http_core_module));
    return ngx_snprintf(buffer, size, ", server: %V, request: \"%V %V\"",
                        &server->server_name, &r->method_name, &r->uri);
}

}  // namespace

bool hide_query(ngx_http_request_t* r) {
    std::string line = std::string(view(r->method_name)) + " " +
                       std::string(view(r->uri)) + " " +
                       std::string(view(r->http_protocol));
    r->log_handler = describe_without_query;
    r->request_line = copy(r->pool, line);
    return r->request_line.data != nullptr;
}

void log_refusal(ngx_http_request_t* r, std::string_view provider,
                 base::Error error) {
    ngx_str_t name = borrow(provider);
    ngx_str_t word = borrow(base::word(error.code));
    ngx_str_t why = borrow(error.why);
    ngx_log_error(level_of(base::outcome(error.code)), r->connection->log, 0,
                  "auth_oidc: %V: %V: %V", &name, &word, &why);
}

void log_provider(ngx_uint_t level, std::string_view provider,
                  std::string_view word, std::string_view sentence) {
    ngx_str_t name = borrow(provider);
    ngx_str_t w = borrow(word);
    ngx_str_t s = borrow(sentence);
    ngx_log_error(level, ngx_cycle->log, 0, "auth_oidc: %V: %V: %V", &name, &w,
                  &s);
}

}  // namespace ngx
