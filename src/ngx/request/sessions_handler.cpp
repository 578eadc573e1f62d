// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/sessions_handler.hpp"

#include "ngx/clock.hpp"
#include "ngx/guard.hpp"
#include "ngx/log.hpp"
#include "ngx/request/access_handler.hpp"
#include "ngx/request/request_body.hpp"
#include "ngx/request/request_ctx.hpp"
#include "ngx/request/respond.hpp"
#include "oidc/session/administration.hpp"

namespace ngx {

namespace {

using oidc::session::Order;

// The body names one denial.
constexpr std::size_t kMaxOrderBytes = 16 * 1024;

ngx_int_t answer(ngx_http_request_t* r, const oidc::Response& response) {
    ngx_http_finalize_request(r, send_content(r, response));
    return NGX_DONE;
}

// JSON has escaped the other control characters.
std::string printable(std::string_view json) {
    std::string out;
    for (const char c : json) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x7f) {
            out += c;
            continue;
        }
        constexpr std::string_view kHex = "0123456789abcdef";
        out.append("\\x").append({kHex[byte >> 4], kHex[byte & 15]});
    }
    return out;
}

void log_order(ngx_http_request_t* r, const Order& order,
               const oidc::Response& response) {
    if (order.what == Order::What::list || response.status != NGX_HTTP_OK) {
        return;
    }
    ngx_str_t what =
        borrow(order.what == Order::What::end    ? "sessions ended"
               : order.what == Order::What::deny ? "denied"
                                                 : "denial undone");
    const std::string text = printable(response.body);
    ngx_str_t body = borrow(text);
    ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0,
                  "auth_oidc_sessions: %V: %V", &what, &body);
}

// Absent: the request waits.
std::optional<oidc::Response> carry_out(ngx_http_request_t* r, Request& request,
                                        const ProviderConf& p) {
    auto step = request.run(p, loc_conf(r).policy, oidc::session::administer);
    if (!step) {
        return std::nullopt;
    }
    auto* response = std::get_if<oidc::Response>(&*step);
    return response ? std::move(*response)
                    : oidc::session::refuse_order(
                          NGX_HTTP_INTERNAL_SERVER_ERROR, "server_error", "");
}

// At one provider after another.
ngx_int_t obey(ngx_http_request_t* r, Request& request, const Order& order) {
    const auto& providers = main_conf(r).providers;
    auto& done = request.administered();
    for (; done.providers < providers.size(); done.providers++) {
        const ProviderConf& p = *providers[done.providers];
        if (!order.provider.empty() && order.provider != p.policy.name) {
            continue;
        }
        const auto response = carry_out(r, request, p);
        if (!response) {
            return NGX_DONE;
        }
        log_order(r, order, *response);
        done.answers += done.answers.empty() ? "" : ",";
        done.answers += response->body;
        done.status = std::max(done.status, response->status);
    }
    if (done.answers.empty()) {
        return answer(
            r, oidc::session::refuse_order(NGX_HTTP_NOT_FOUND, "not_found",
                                           "there is no such provider"));
    }
    oidc::Response all;
    all.status = done.status;
    all.content_type = "application/json";
    all.body = "{\"providers\":[" + done.answers + "]}";
    return answer(r, all);
}

// NGX_OK: the body is here, or there is none.
ngx_int_t take_body(ngx_http_request_t* r, Request& request) {
    if (request.is_running() || (r->method & NGX_HTTP_POST) == 0 ||
        !request.facts().body.empty()) {
        return NGX_OK;
    }
    if (!is_longer(r, kMaxOrderBytes) && !has_body(r)) {
        return read_body(r, kMaxOrderBytes);
    }
    auto body = body_of(r, kMaxOrderBytes);
    if (!body) {
        return answer(r, oidc::session::refuse_order(
                             NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                             "request_too_large", "the body is too long"));
    }
    request.take_body(std::move(*body));
    return NGX_OK;
}

}  // namespace

// A subrequest gets here, whose method is not its own.
ngx_int_t sessions_handler(ngx_http_request_t*) {
    return NGX_HTTP_FORBIDDEN;
}

bool is_sessions_location(ngx_http_request_t* r) noexcept {
    return r->content_handler == guarded<sessions_handler>;
}

ngx_int_t administer_sessions(ngx_http_request_t* r) {
    if (!is_restricted(r, Users::by_rules)) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "auth_oidc_sessions: nothing says who may use it: "
                      "\"allow\", or a rule beside \"auth_oidc\", is missing "
                      "in the location");
        return NGX_HTTP_FORBIDDEN;
    }
    Request* request = worker_of(r) ? Request::of(r) : nullptr;
    if (request == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (const ngx_int_t rc = take_body(r, *request); rc != NGX_OK) {
        return rc;
    }
    auto order = oidc::session::read_order(request->facts(), now());
    if (const auto* refusal = std::get_if<oidc::Response>(&order)) {
        return answer(r, *refusal);
    }
    return obey(r, *request, std::get<Order>(order));
}

}  // namespace ngx
