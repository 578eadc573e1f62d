// SPDX-License-Identifier: Apache-2.0
// Suspends a request behind a subrequest that runs no phases.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// nullptr on error. The request's phase handler then returns NGX_AGAIN (or
// NGX_DONE before the access phase) and is entered again after `resume`.
// `limit` keeps an old worker from leaving while the request waits; `expired`
// is called when it has passed.
class Suspension {
public:
    Suspension(ngx_http_request_t* r, void (*expired)(void*), void* data);
    ~Suspension();
    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;

    // Whether the request ends when its client closes the connection.
    enum class Client { may_leave, is_outlived };
    bool suspend(ngx_msec_t limit, Client = Client::may_leave);
    // Called from the event loop only: the request may be gone afterwards.
    void resume();

private:
    static void on_limit(ngx_event_t*) noexcept;

    ngx_http_request_t* r_;
    ngx_http_request_t* waiting_ = nullptr;
    ngx_event_t limit_{};
    ngx_connection_t dummy_{};
    void (*expired_)(void*);
    void* data_;
};

}  // namespace ngx
