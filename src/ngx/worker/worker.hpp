// SPDX-License-Identifier: Apache-2.0
// What one worker process owns: its connections to the providers, their
// metadata and keys, and its caches.
#pragma once

#include <memory>
#include <vector>

#include "ngx/worker/fetch.hpp"
#include "ngx/worker/fleet.hpp"
#include "ngx/worker/provider_counters.hpp"
#include "ngx/worker/provider_state.hpp"
#include "ngx/worker/redis_client.hpp"
#include "ngx/worker/single_flight.hpp"
#include "ngx/worker/zone_marks.hpp"
#include "ngx/worker/zone_sessions.hpp"
#include "oidc/access/accept_cache.hpp"
#include "oidc/step.hpp"
#include "oidc/web/cookie_sealer.hpp"

namespace ngx {

class Worker {
public:
    static std::unique_ptr<Worker> create(ngx_cycle_t*, const MainConf&);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    Fetcher& fetcher() noexcept { return *fetcher_; }
    ProviderState& source(const ProviderConf& p) noexcept {
        return *sources_[p.index];
    }
    const oidc::web::Sealer& sealer(const ProviderConf& p) noexcept {
        return sealers_[p.index];
    }
    const ProviderCounters& tally(const ProviderConf& p) const noexcept {
        return tallies_[p.index];
    }
    // The prepared refusal of a request without a credential, in JSON; nullptr:
    // there is none for this reason.
    const oidc::Response* refusal(const ProviderConf& p,
                                  base::Errc reason) const noexcept;
    oidc::access::AcceptCache& accept_cache() noexcept { return accept_cache_; }
    SingleFlight& single_flight() noexcept { return single_flight_; }

    ZoneSessions& sessions(const ProviderConf& p) noexcept {
        return sessions_[p.index];
    }
    // nullptr: the provider's sessions are not in Redis.
    // Null: the store is not in Redis.
    RedisClient* redis(const SessionStore& store) noexcept {
        return redis_[store.index].get();
    }
    ZoneMarks& marks(const ProviderConf& p) noexcept { return marks_[p.index]; }
    ZoneGrants& grants() noexcept { return grants_; }
    oidc::Random& random() noexcept;
    // See oidc::Ports::names_keys.
    std::span<const std::string_view> names_keys(
        const ProviderConf& p) const noexcept {
        return names_keys_[p.index];
    }
    // nullptr: nothing is shared with other nginx.
    Fleet* fleet() noexcept { return fleet_.get(); }
    ngx_shm_zone_t* cache_zone() noexcept { return cache_zone_; }
    // A verdict will be looked for.
    void expect_verdict(const crypto::Digest256& key) const noexcept;
    // Another worker's news are wanted soon.
    void poll_soon() noexcept;

    const MainConf& main() const noexcept { return main_; }

private:
    Worker(ngx_cycle_t*, const MainConf&, std::uint64_t seed);
    bool open(const MainConf&);
    static void on_poll(ngx_event_t*) noexcept;
    void poll();

    const MainConf& main_;
    ngx_log_t* log_;
    ngx_shm_zone_t* cache_zone_;
    std::unique_ptr<Fetcher> fetcher_;
    std::vector<ProviderCounters> tallies_;
    std::vector<std::unique_ptr<ProviderState>> sources_;
    std::vector<oidc::web::Sealer> sealers_;
    struct Refusals {
        oidc::Response no_session;
        oidc::Response no_credential;
    };
    std::vector<Refusals> refusals_;  // of strangers, by provider
    std::vector<ZoneSessions> sessions_;
    std::vector<std::unique_ptr<RedisClient>> redis_;  // by store
    std::unique_ptr<Fleet> fleet_;
    std::vector<std::vector<std::string_view>> names_keys_;
    std::vector<ZoneMarks> marks_;
    ZoneGrants grants_;
    oidc::access::AcceptCache accept_cache_;
    SingleFlight single_flight_;
    ngx_event_t timer_{};
    ngx_connection_t dummy_{};
};

// The state of this process for the configuration of a request: nullptr before
// init_process, and if no provider is configured.
Worker* worker_of(ngx_http_request_t*) noexcept;

ngx_int_t init_worker(ngx_cycle_t*) noexcept;
void exit_worker(ngx_cycle_t*) noexcept;
// Without a master process, a reload calls no init_process: requests of the old
// cycle use its state until its pool is destroyed.
ngx_int_t reload_worker(ngx_cycle_t*) noexcept;

}  // namespace ngx
