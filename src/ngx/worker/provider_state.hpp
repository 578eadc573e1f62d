// SPDX-License-Identifier: Apache-2.0
// The metadata and keys of a provider in this worker: read from shared memory,
// and fetched from the provider by one worker at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "jose/jwks.hpp"
#include "metrics/status.hpp"
#include "ngx/worker/call_limits.hpp"
#include "ngx/document_files.hpp"
#include "ngx/worker/fetch.hpp"
#include "ngx/worker/provider_counters.hpp"
#include "ngx/worker/provider_documents.hpp"
#include "ngx/worker/waiter.hpp"
#include "oidc/ports.hpp"
#include "oidc/provider/discovery.hpp"

namespace ngx {

// One provider as one worker sees it.
class ProviderState final : private Receiver, private WaitingRoom {
public:
    ProviderState(const ProviderConf&, const MainConf&, Fetcher&,
                  const ProviderCounters&);
    ~ProviderState() override;

    const oidc::Metadata* metadata();
    // Which of two client secrets the provider has accepted last.
    bool uses_second_secret() const noexcept { return uses_second_; }
    void note_other_secret() noexcept { uses_second_ = !uses_second_; }
    oidc::Keys keys();
    // Absent: no keys are here yet.
    std::optional<metrics::KeySetStatus> key_set();

    // Where a call of this provider may lead.
    Reach reach_of(std::string_view url) const;

    // True or false if the result is known at once; absent: the waiter is
    // called.
    std::optional<bool> await(const oidc::Await&, Waiter&);

    // Called every second, and often while requests wait: adopts what other
    // workers published, fetches what is due.
    void poll();
    bool has_waiters() const noexcept { return !waiters_.empty(); }
    const ProviderConf& conf() const noexcept { return conf_; }
    // Slots for calls on behalf of requests; calls for metadata and keys need
    // none.
    CallSlots& call_slots() noexcept { return call_slots_; }
    const CallRates& call_rates() const noexcept { return call_rates_; }

private:
    enum class Stage { idle, metadata, keys };
    enum class Chance { started, elsewhere, resting };

    void replied(oidc::ProviderReply reply) noexcept override;
    void forget(Waiter&) noexcept override;
    void adopt();
    void adopt_metadata();
    void adopt_keys();
    bool needs_metadata() const;
    void restore();
    bool is_old(const Document& seen) const;
    bool is_stale() const;
    void tell_stale();
    bool is_due() const;
    bool satisfied(const oidc::Await&);
    Chance try_fetch(bool forced);
    void fetch_next();
    void ask(Stage, oidc::CallKind, const std::string& url,
             std::size_t max_bytes);
    void received(oidc::ProviderReply);
    base::Status accept(const oidc::ProviderReply&);
    base::Status publish(const crypto::Digest256& key, const std::string& text);
    std::string difference(const base::Error&, std::string_view document) const;
    void note_failure(base::Error, std::string_view detail = {});
    void failed(base::Error);
    void ask_for_keys();
    void finished();
    void wake(bool all);

    const ProviderConf& conf_;
    CallSlots call_slots_;
    CallRates call_rates_;
    ngx_shm_zone_t* cache_;
    ProviderDocuments documents_;
    DocumentFiles files_;
    Fetcher& fetcher_;
    ProviderCounters tally_;
    std::uint64_t owner_;
    crypto::Digest256 metadata_key_, keys_key_, lease_key_, forced_key_;

    std::optional<oidc::Metadata> metadata_;
    bool metadata_is_from_inside_ = false;
    std::optional<jose::KeySet> keys_;
    Document metadata_seen_{}, keys_seen_{};  // without their text

    std::unique_ptr<Transfer> transfer_;
    CallBegun begun_{};
    Stage stage_ = Stage::idle;
    bool forced_ = false;
    bool uses_second_ = false;
    bool has_metadata_failed_ = false;  // in this attempt
    bool has_told_stale_ = false;
    bool failing_ = false;  // the last attempt, whoever made it
    unsigned failures_ = 0;
    std::vector<Waiter*> waiters_;
};

}  // namespace ngx
