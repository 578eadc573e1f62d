// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/request_ports.hpp"

namespace ngx {

namespace {

// Longer than the deadline of a call, for the work that its reply needs.
constexpr ngx_msec_t kFlightGrace = 2000;

}  // namespace

RequestPorts::RequestPorts(ngx_http_request_t* r, Worker& worker,
                           const ProviderConf& conf)
    : r_(r),
      worker_(worker),
      conf_(conf),
      ports_{*this,
             worker.sessions(conf),
             nullptr,
             worker.marks(conf),
             worker.grants(),
             worker.random(),
             worker.sealer(conf),
             worker.names_keys(conf),
             worker.accept_cache().identities(),
             worker.accept_cache().token_digests()} {
    if (RedisClient* redis = worker.redis(*conf.store)) {
        const base::Seconds call{
            static_cast<std::int64_t>(conf.outbound.timeout / 1000 + 2)};
        remote_.emplace(*redis, worker.sessions(conf), call,
                        conf.policy.session_limit);
        ports_.remote = &*remote_;
    }
}

RequestPorts::~RequestPorts() {
    worker_.single_flight().end(flight_);
}

const oidc::Metadata* RequestPorts::metadata() {
    return worker_.source(conf_).metadata();
}

oidc::Keys RequestPorts::keys() {
    return worker_.source(conf_).keys();
}

std::string RequestPorts::extra_auth_args() {
    ngx_str_t value{0, nullptr};
    if (conf_.extra_auth_args == nullptr ||
        ngx_http_complex_value(r_, conf_.extra_auth_args, &value) != NGX_OK) {
        return {};
    }
    return std::string(view(value));
}

bool RequestPorts::uses_second_secret() {
    return worker_.source(conf_).uses_second_secret();
}

bool RequestPorts::take_flight(const oidc::Await& await) {
    fleet_flight_.reset();
    worker_.single_flight().end(flight_);
    return worker_.single_flight().take(
        await, conf_.outbound.timeout + kFlightGrace, flight_);
}

// A refresh of a session in Redis has its own lease there.
std::optional<bool> RequestPorts::join_fleet(const oidc::Await& await,
                                             Waiter& waiter) {
    Fleet* fleet = worker_.fleet();
    if (fleet == nullptr || flight_.owner == 0 ||
        (await.of_session && remote_)) {
        return true;
    }
    fleet_flight_.emplace(
        *fleet, worker_.single_flight(), flight_,
        static_cast<std::int64_t>(conf_.outbound.timeout + kFlightGrace),
        await.only_try);
    const auto outcome = fleet_flight_->outcome();
    if (!outcome) {
        fleet_flight_->wait(await, waiter);
    }
    return outcome;
}

void RequestPorts::end_flight(const crypto::Digest256& key) {
    if (fleet_flight_ && fleet_flight_->key() == key) {
        fleet_flight_.reset();
    }
    if (flight_.key == key) {
        worker_.single_flight().end(flight_);
    }
}

}  // namespace ngx
