// SPDX-License-Identifier: Apache-2.0
// The core's ports for one request: what the worker has, and the provider as
// this request sees it.
#pragma once

#include "ngx/request/remote_sessions.hpp"
#include "ngx/worker/worker.hpp"
#include "oidc/ports.hpp"

namespace ngx {

class RequestPorts final : private oidc::ProviderView {
public:
    RequestPorts(ngx_http_request_t*, Worker&, const ProviderConf&);
    ~RequestPorts();
    RequestPorts(const RequestPorts&) = delete;
    RequestPorts& operator=(const RequestPorts&) = delete;

    const oidc::Ports& ports() const noexcept { return ports_; }
    // See SingleFlight::take.
    bool take_flight(const oidc::Await&);
    // After the flight was taken here: whether it is this request's among all
    // nginx; absent: it has to be waited for.
    std::optional<bool> join_fleet(const oidc::Await&, Waiter&);
    // Of a provider whose sessions are elsewhere.
    void wait_for_store(const oidc::Await& await, Waiter& waiter) {
        remote_->wait(await, waiter);
    }

private:
    const oidc::Metadata* metadata() override;
    oidc::Keys keys() override;
    std::string extra_auth_args() override;
    bool uses_second_secret() override;
    void end_flight(const crypto::Digest256&) override;

    ngx_http_request_t* r_;
    Worker& worker_;
    const ProviderConf& conf_;
    Flight flight_;
    std::optional<FleetFlight> fleet_flight_;
    std::optional<RequestSessions> remote_;
    oidc::Ports ports_;
};

}  // namespace ngx
