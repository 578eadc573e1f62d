// Knows what one worker process owns: its connections to the providers, what
// it has learnt of them, and the identities it has seen.
#pragma once

#include <memory>
#include <vector>

#include "ngx/fetch.hpp"
#include "ngx/source.hpp"
#include "ngx/tally.hpp"
#include "ngx/turns.hpp"
#include "oidc/accepted_tokens.hpp"
#include "oidc/identity_cache.hpp"
#include "oidc/step.hpp"
#include "oidc/verdict_keys.hpp"
#include "session/seal.hpp"

namespace ngx {

class Worker {
public:
    static std::unique_ptr<Worker> create(ngx_cycle_t*, const MainConf&);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    Fetcher& fetcher() noexcept { return *fetcher_; }
    Source& source(const ProviderConf& p) noexcept {
        return *sources_[p.index];
    }
    const session::Sealer& sealer(const ProviderConf& p) noexcept {
        return sealers_[p.index];
    }
    const Tally& tally(const ProviderConf& p) const noexcept {
        return tallies_[p.index];
    }
    // The refusal of a request without a credential, in JSON; nullptr: that
    // reason's is not at hand.
    const oidc::Answer* refusal(const ProviderConf& p,
                                base::Errc reason) const noexcept;
    oidc::IdentityCache& identities() noexcept { return identities_; }
    oidc::VerdictKeys& verdict_keys() noexcept { return verdict_keys_; }
    oidc::AcceptedTokens& accepted() noexcept { return accepted_; }
    Turns& turns() noexcept { return turns_; }
    ngx_shm_zone_t* cache_zone() noexcept { return cache_zone_; }
    // A verdict will be looked for.
    void expect_verdict(const crypto::Digest256& key) const noexcept;
    // Another worker's news are wanted soon.
    void hurry() noexcept;

    const MainConf& main() const noexcept { return main_; }

private:
    Worker(ngx_cycle_t*, const MainConf&, std::uint64_t seed);
    bool open(const MainConf&);
    static void on_tick(ngx_event_t*) noexcept;
    void tick();

    const MainConf& main_;
    ngx_shm_zone_t* cache_zone_;
    std::unique_ptr<Fetcher> fetcher_;
    std::vector<Tally> tallies_;
    std::vector<std::unique_ptr<Source>> sources_;
    std::vector<session::Sealer> sealers_;
    struct Refusals {
        oidc::Answer no_session;
        oidc::Answer no_credential;
    };
    std::vector<Refusals> refusals_;  // of strangers, by provider
    oidc::IdentityCache identities_;
    oidc::VerdictKeys verdict_keys_;
    oidc::AcceptedTokens accepted_;
    Turns turns_;
    ngx_event_t timer_{};
    ngx_connection_t dummy_{};
};

// What this process owns for the configuration that a request runs under:
// nullptr before init_process, and where no provider is configured.
Worker* worker_of(ngx_http_request_t*) noexcept;

ngx_int_t init_worker(ngx_cycle_t*) noexcept;
void exit_worker(ngx_cycle_t*) noexcept;
// A single process that reloads has no init_process: its requests of the old
// cycle go on with what they have, until that cycle's pool goes.
ngx_int_t reload_worker(ngx_cycle_t*) noexcept;

}  // namespace ngx
