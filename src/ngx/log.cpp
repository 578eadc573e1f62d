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

}  // namespace

void log_refusal(ngx_http_request_t* r, std::string_view provider,
                 base::Error error) {
    ngx_str_t name = borrow(provider);
    ngx_str_t word = borrow(base::word(error.code));
    ngx_str_t why = borrow(error.why);
    ngx_log_error(level_of(base::outcome(error.code)), r->connection->log, 0,
                  "auth_oidc: %V: %V: %V", &name, &word, &why);
}

void log_provider(ngx_uint_t level, const ProviderConf& conf,
                  std::string_view word, std::string_view sentence) {
    ngx_str_t name = borrow(conf.policy.name);
    ngx_str_t w = borrow(word);
    ngx_str_t s = borrow(sentence);
    ngx_log_error(level, ngx_cycle->log, 0, "auth_oidc: %V: %V: %V", &name, &w,
                  &s);
}

}  // namespace ngx
