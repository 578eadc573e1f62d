// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/suspend.hpp"

namespace ngx {

namespace {

void forget(ngx_http_request_t* r, const ngx_http_request_t* child) noexcept {
    ngx_http_postponed_request_t** link = &r->postponed;
    while (*link != nullptr) {
        if ((*link)->request == child) {
            *link = (*link)->next;
        } else {
            link = &(*link)->next;
        }
    }
}

// nullptr: out of memory. nginx leaves half a subrequest behind then; the next
// event of the connection would run it in a location that has not let the
// request in.
ngx_http_request_t* subrequest_of(ngx_http_request_t* r) {
    void* const active = r->connection->data;
    const unsigned count = r->main->count;
    ngx_str_t uri = r->uri;
    ngx_http_request_t* made = nullptr;
    if (ngx_http_subrequest(r, &uri, nullptr, &made, nullptr,
                            NGX_HTTP_SUBREQUEST_IN_MEMORY |
                                NGX_HTTP_SUBREQUEST_WAITED) == NGX_OK) {
        return made;
    }
    r->connection->data = active;
    r->main->count = count & 0xffff;
    if (made != nullptr) {
        forget(r, made);
    }
    return nullptr;
}

}  // namespace

Suspension::Suspension(ngx_http_request_t* r, void (*expired)(void*),
                       void* data)
    : r_(r), expired_(expired), data_(data) {
    dummy_.fd = static_cast<ngx_socket_t>(-1);
    dummy_.data = this;
    limit_.data = &dummy_;
    limit_.handler = on_limit;
    limit_.log = r->connection->log;
}

Suspension::~Suspension() {
    if (limit_.timer_set) {
        ngx_del_timer(&limit_);
    }
}

bool Suspension::suspend(ngx_msec_t limit, Client client) {
    ngx_http_request_t* waiting = subrequest_of(r_);
    if (waiting == nullptr) {
        return false;
    }
    // It was posted, but shall run no phase; that a client has gone is seen by
    // reading.
    waiting->write_event_handler = ngx_http_request_empty_handler;
    waiting->read_event_handler = client == Client::may_leave
                                      ? ngx_http_test_reading
                                      : ngx_http_block_reading;
    waiting->request_body = nullptr;
    waiting_ = waiting;
    ngx_add_timer(&limit_, limit);
    return true;
}

void Suspension::resume() {
    if (waiting_ == nullptr) {
        return;
    }
    if (limit_.timer_set) {
        ngx_del_timer(&limit_);
    }
    ngx_connection_t* c = r_->connection;
    ngx_http_request_t* waiting = waiting_;
    waiting_ = nullptr;
    ngx_http_set_log_request(c->log, r_);
    ngx_http_finalize_request(waiting, NGX_OK);
    ngx_http_run_posted_requests(c);
}

void Suspension::on_limit(ngx_event_t* event) noexcept {
    auto* dummy = static_cast<ngx_connection_t*>(event->data);
    auto* self = static_cast<Suspension*>(dummy->data);
    self->expired_(self->data_);
}

}  // namespace ngx
