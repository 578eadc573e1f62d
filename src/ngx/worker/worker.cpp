// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/worker.hpp"

#include <cstring>

#include "crypto/digest.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"
#include "ngx/guard.hpp"
#include "oidc/web/refusal.hpp"

namespace ngx {

namespace {

constexpr ngx_msec_t kTick = 1000;
constexpr ngx_msec_t kHurriedTick = 20;

// One but in a single process between two cycles.
constexpr std::size_t kMaxCycles = 8;
Worker* g_workers[kMaxCycles];

void forget(Worker* gone) noexcept {
    for (Worker*& w : g_workers) {
        if (w == gone) {
            w = nullptr;
        }
    }
    delete gone;
}

bool remember(Worker* made) noexcept {
    for (Worker*& w : g_workers) {
        if (w == nullptr) {
            w = made;
            return true;
        }
    }
    return false;
}

const MainConf* main_of(ngx_cycle_t* cycle) noexcept {
    return static_cast<const MainConf*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_auth_oidc_module));
}

// One pool of connections for all providers.
long most_kept(const MainConf& main) {
    long sum = 0;
    for (const ProviderConf* p : main.providers) {
        sum += p->outbound.keepalive;
    }
    return sum;
}

base::Result<oidc::web::Sealer> make_sealer(const ProviderConf& p,
                                            const CacheZone& zone) {
    std::vector<base::Secret> secrets;
    for (const base::Secret& s : p.session_secrets) {
        secrets.push_back(s.clone());
    }
    if (secrets.empty()) {
        secrets.emplace_back(std::string_view(
            reinterpret_cast<const char*>(zone.secret), sizeof zone.secret));
    }
    return oidc::web::Sealer::create(secrets);
}

class SystemRandom final : public oidc::Random {
public:
    base::Result<std::string> bytes(std::size_t count) override {
        return crypto::random_bytes(count);
    }
};

// Other nginx find what is named by a secret that they have, too. What was
// named before there were others is found by the zone's own.
std::vector<std::string_view> keys_of_names(
    const oidc::web::Sealer& sealer, const CacheZone& zone,
    const std::unique_ptr<Fleet>& fleet) {
    std::vector<std::string_view> keys;
    if (fleet) {
        keys = sealer.names_keys();
    }
    keys.emplace_back(reinterpret_cast<const char*>(zone.names_secret),
                      sizeof zone.names_secret);
    return keys;
}

}  // namespace

Worker* worker_of(ngx_http_request_t* r) noexcept {
    const MainConf* main = &main_conf(r);
    for (Worker* w : g_workers) {
        if (w && &w->main() == main) {
            return w;
        }
    }
    return nullptr;
}

Worker::Worker(ngx_cycle_t* cycle, const MainConf& main, std::uint64_t seed)
    : main_(main),
      log_(cycle->log),
      cache_zone_(main.cache_zone),
      fetcher_(Fetcher::create(cycle->log, most_kept(main))),
      grants_(main.cache_zone),
      accept_cache_(seed, {}),
      single_flight_(main.cache_zone, cycle->log) {
    dummy_.fd = static_cast<ngx_socket_t>(-1);
    dummy_.data = this;
    timer_.data = &dummy_;
    timer_.handler = on_poll;
    timer_.log = cycle->log;
    timer_.cancelable = 1;
}

Worker::~Worker() {
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
}

std::unique_ptr<Worker> Worker::create(ngx_cycle_t* cycle,
                                       const MainConf& main) {
    auto random = crypto::random_bytes(sizeof(std::uint64_t));
    if (!random) {
        return nullptr;
    }
    std::uint64_t seed = 0;
    std::memcpy(&seed, random->data(), sizeof seed);
    std::unique_ptr<Worker> made(new Worker(cycle, main, seed));
    return made->open(main) ? std::move(made) : nullptr;
}

bool Worker::open(const MainConf& main) {
    if (!fetcher_) {
        return false;
    }
    const auto& zone = *static_cast<const CacheZone*>(cache_zone_->data);
    for (const SessionStore* store : main.stores) {
        redis_.push_back(store->zone && store->is_remote()
                             ? std::make_unique<RedisClient>(
                                   *store, cache_zone_, *fetcher_, log_)
                             : nullptr);
    }
    if (main.shared) {
        fleet_ =
            std::make_unique<Fleet>(*redis_[main.shared->index], cache_zone_);
        grants_.share(fleet_.get());
    }
    tallies_.reserve(main.providers.size());  // others refer to them
    sealers_.reserve(main.providers.size());
    for (const ProviderConf* p : main.providers) {
        auto sealer = make_sealer(*p, zone);
        if (!sealer) {
            return false;
        }
        sealers_.push_back(std::move(*sealer));
        refusals_.push_back(
            {oidc::web::refuse_in_json(p->policy, base::Errc::session_missing),
             oidc::web::refuse_in_json(p->policy,
                                       base::Errc::credential_missing)});
        tallies_.emplace_back(cache_zone_, p->policy.name);
        sessions_.emplace_back(*p);
        marks_.emplace_back(cache_zone_, p->policy.name, tallies_.back(),
                            fleet_.get());
        names_keys_.push_back(keys_of_names(sealers_.back(), zone, fleet_));
        sources_.push_back(std::make_unique<ProviderState>(*p, main, *fetcher_,
                                                           tallies_.back()));
    }
    ngx_add_timer(&timer_, 1);
    return true;
}

oidc::Random& Worker::random() noexcept {
    static SystemRandom random;
    return random;
}

const oidc::Response* Worker::refusal(const ProviderConf& p,
                                      base::Errc reason) const noexcept {
    const Refusals& ready = refusals_[p.index];
    for (const oidc::Response* response :
         {&ready.no_session, &ready.no_credential}) {
        if (response->reason && response->reason->code == reason) {
            return response;
        }
    }
    return nullptr;
}

void Worker::expect_verdict(const crypto::Digest256& key) const noexcept {
    static_cast<CacheZone*>(cache_zone_->data)->verdicts->expect(as_key(key));
}

void Worker::poll_soon() noexcept {
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
    ngx_add_timer(&timer_, kHurriedTick);
}

void Worker::on_poll(ngx_event_t* event) noexcept {
    auto* dummy = static_cast<ngx_connection_t*>(event->data);
    auto* self = static_cast<Worker*>(dummy->data);
    guarded_call([&] { self->poll(); });
}

void Worker::poll() {
    single_flight_.poll();
    for (const auto& redis : redis_) {
        if (redis) {
            redis->poll();
        }
    }
    bool waiting = single_flight_.has_waiters();
    for (const auto& source : sources_) {
        source->poll();
        waiting = waiting || source->has_waiters();
    }
    if (!ngx_exiting || waiting) {
        ngx_add_timer(&timer_, waiting ? kHurriedTick : kTick);
    }
}

ngx_int_t init_worker(ngx_cycle_t* cycle) noexcept {
    const MainConf* main = main_of(cycle);
    if (main == nullptr || main->providers.empty()) {
        return NGX_OK;
    }
    if (!crypto::prepare_digests() || !crypto::prepare_macs()) {
        return NGX_ERROR;
    }
    return guarded_call(ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cycle->pool, 0);
        std::unique_ptr<Worker> made = Worker::create(cycle, *main);
        if (!cleanup || !made || !remember(made.get())) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "auth_oidc: cannot set up the worker");
            return NGX_ERROR;
        }
        cleanup->data = const_cast<MainConf*>(main);
        cleanup->handler = [](void* conf) {
            for (Worker* w : g_workers) {
                if (w && &w->main() == conf) {
                    forget(w);
                }
            }
        };
        made.release();
        return NGX_OK;
    });
}

void exit_worker(ngx_cycle_t*) noexcept {
    for (Worker* w : g_workers) {
        forget(w);
    }
}

ngx_int_t reload_worker(ngx_cycle_t* cycle) noexcept {
    bool running = false;
    for (const Worker* w : g_workers) {
        running = running || w != nullptr;
    }
    return running ? init_worker(cycle) : NGX_OK;
}

}  // namespace ngx
