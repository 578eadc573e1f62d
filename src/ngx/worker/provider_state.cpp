// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/provider_state.hpp"

#include <algorithm>

#include "base/byte_io.hpp"
#include "ngx/clock.hpp"
#include "ngx/conf/outbound_settings.hpp"
#include "ngx/guard.hpp"
#include "ngx/log.hpp"
#include "ngx/worker/lease.hpp"
#include "oidc/provider/reply.hpp"
#include "oidc/step.hpp"
#include "oidc/web/refusal.hpp"

namespace ngx {

namespace {

constexpr std::int64_t kFirstPause = 1000;     // ms
constexpr std::int64_t kLongestPause = 60000;  // ms
constexpr std::int64_t kRestAfterSuccess = 1000;

crypto::Digest256 key_of(std::string_view purpose, const ProviderConf& p) {
    base::ByteWriter text;

    text.blob(purpose)
        .blob(p.policy.issuer)
        .blob(p.policy.config_url)
        .blob(p.policy.endpoints.jwks)
        .blob(trust_in(p.outbound));
    return crypto::sha256(text.bytes());
}

// Where the metadata came from, in front of its text in the zone.
constexpr char kFromInside = 'i';
constexpr char kFromOutside = 'o';
constexpr std::size_t kOriginBytes = 1;

bool is_origin(char mark) noexcept {
    return mark == kFromInside || mark == kFromOutside;
}

bool is_metadata(std::string_view text, const oidc::Provider& p) {
    return !text.empty() && is_origin(text[0]) &&
           oidc::provider::parse_metadata(text.substr(kOriginBytes), p);
}

// Doubles with every failure, and differs from worker to worker.
std::int64_t pause_after(unsigned failures) {
    std::int64_t longest =
        std::min(kLongestPause, kFirstPause << std::min(failures, 8u));
    return longest / 2 +
           static_cast<std::int64_t>(ngx_random()) % (longest / 2);
}

}  // namespace

void ProviderState::forget(Waiter& waiter) noexcept {
    std::erase(waiters_, &waiter);
}

ProviderState::ProviderState(const ProviderConf& conf, const MainConf& main,
                             Fetcher& fetcher, const ProviderCounters& tally)
    : conf_(conf),
      call_slots_(conf.outbound.call_limit),
      call_rates_(conf, main.cache_zone, tally.place()),
      cache_(main.cache_zone),
      documents_(main.cache_zone),
      files_(main.keys_path, conf.policy.name),
      fetcher_(fetcher),
      tally_(tally),
      owner_(new_lease_owner()),
      metadata_key_(key_of("metadata", conf)),
      keys_key_(key_of("keys", conf)),
      lease_key_(key_of("fetch", conf)),
      forced_key_(key_of("forced", conf)) {
    if (!needs_metadata()) {
        metadata_ = oidc::provider::configured_metadata(conf.policy);
    }
    restore();
}

ProviderState::~ProviderState() {
    while (!waiters_.empty()) {
        waiters_.back()->leave();
    }
}

// Takes what files have where nothing is in shared memory; it is checked like a
// reply, and what is due is fetched all the same.
void ProviderState::restore() {
    if (needs_metadata() && !documents_.load(metadata_key_)) {
        const auto file = files_.load(
            metadata_key_, kOriginBytes + oidc::provider::kMaxMetadataBytes,
            conf_.jwks_stale);
        if (file && is_metadata(file->text, conf_.policy)) {
            documents_.restore(metadata_key_, file->text, file->fetched);
        } else if (file) {
            files_.refuse(metadata_key_, "it has no metadata of this provider");
        }
    }
    if (!documents_.load(keys_key_)) {
        const auto file =
            files_.load(keys_key_, jose::kMaxJwksBytes, conf_.jwks_stale);
        if (file && jose::KeySet::parse(file->text)) {
            documents_.restore(keys_key_, file->text, file->fetched);
        } else if (file) {
            files_.refuse(keys_key_, "it has no key set");
        }
    }
}

bool ProviderState::needs_metadata() const {
    return oidc::provider::needs_discovery(conf_.policy);
}

const oidc::Metadata* ProviderState::metadata() {
    adopt_metadata();
    return metadata_ ? &*metadata_ : nullptr;
}

// A proxy resolves names by itself, and is the only address that is seen here.
Reach ProviderState::reach_of(std::string_view url) const {
    return !conf_.outbound.proxy.empty() || metadata_is_from_inside_ ||
                   oidc::provider::is_configured_url(url, conf_.policy)
               ? Reach::anywhere
               : Reach::outside;
}

oidc::Keys ProviderState::keys() {
    adopt_keys();
    if (is_stale()) {
        return {.failing = true, .stale = true};  // nor what they had verified
    }
    return {keys_ ? &*keys_ : nullptr, keys_seen_.generation, failing_};
}

std::optional<metrics::KeySetStatus> ProviderState::key_set() {
    adopt_keys();
    if (!keys_) {
        return std::nullopt;
    }
    return metrics::KeySetStatus{
        keys_seen_.generation,
        std::max<std::int64_t>(ngx_time() - keys_seen_.fetched, 0), is_stale()};
}

void ProviderState::adopt() {
    adopt_metadata();
    adopt_keys();
}

void ProviderState::adopt_metadata() {
    if (!needs_metadata() || documents_.is_current(metadata_seen_.ref)) {
        return;
    }
    auto document = documents_.load(metadata_key_);
    if (!document || document->text.empty() || !is_origin(document->text[0])) {
        return;
    }
    const std::string_view text = std::string_view(document->text).substr(1);
    if (auto parsed = oidc::provider::parse_metadata(text, conf_.policy)) {
        metadata_ = std::move(*parsed);
        metadata_is_from_inside_ = document->text[0] == kFromInside;
        metadata_seen_ = std::move(*document);
        metadata_seen_.text.clear();
    }
}

void ProviderState::adopt_keys() {
    if (documents_.is_current(keys_seen_.ref)) {
        return;
    }
    auto document = documents_.load(keys_key_);
    if (!document) {
        return;
    }
    if (keys_ && document->generation == keys_seen_.generation) {
        keys_seen_ = std::move(*document);  // the same text, fetched again
        keys_seen_.text.clear();
        return;
    }
    if (auto parsed = jose::KeySet::parse(document->text)) {
        keys_ = std::move(*parsed);
        keys_seen_ = std::move(*document);
        keys_seen_.text.clear();
    }
}

// A document is also old if the clock was set back since it was fetched. One of
// a file is used while it is fetched.
bool ProviderState::is_old(const Document& seen) const {
    return seen.is_from_file ||
           seen.fetched <= ngx_time() - conf_.jwks_refresh_max.count() ||
           seen.fetched > ngx_time();
}

bool ProviderState::is_stale() const {
    return keys_ && keys_seen_.fetched <= ngx_time() - conf_.jwks_stale.count();
}

void ProviderState::tell_stale() {
    const bool is_new = is_stale() && !has_told_stale_;
    has_told_stale_ = is_stale();
    if (is_new) {
        log_provider(NGX_LOG_ERR, conf_.policy.name, "keys_stale",
                     "the keys were fetched more than " +
                         std::to_string(conf_.jwks_stale.count()) +
                         " seconds ago: they verify nothing until newer ones "
                         "are here");
    }
}

bool ProviderState::is_due() const {
    return (needs_metadata() && (!metadata_ || is_old(metadata_seen_))) ||
           !keys_ || is_old(keys_seen_);
}

bool ProviderState::satisfied(const oidc::Await& await) {
    return await.what == oidc::Await::What::metadata
               ? metadata() != nullptr
               : keys_ && !is_stale() &&
                     keys_seen_.generation > await.newer_than;
}

std::optional<bool> ProviderState::await(const oidc::Await& await,
                                         Waiter& waiter) {
    adopt();
    if (satisfied(await)) {
        return true;
    }
    bool forced = await.newer_than != 0;
    Chance chance =
        stage_ == Stage::idle ? try_fetch(forced) : Chance::elsewhere;
    switch (chance) {
        case Chance::resting:
            return false;
        case Chance::elsewhere:
            tally_.saved(await.what == oidc::Await::What::metadata
                             ? metrics::Call::discovery
                             : metrics::Call::jwks,
                         metrics::Saving::single_flight);
            break;
        case Chance::started:
            break;
    }
    waiters_.push_back(&waiter);
    waiter.enter(*this, await);
    return std::nullopt;
}

void ProviderState::poll() {
    adopt();
    tell_stale();
    wake(false);
    if (stage_ != Stage::idle) {
        return;
    }
    if (is_due() && try_fetch(false) == Chance::resting) {
        for (std::size_t i = waiters_.size(); i-- > 0;) {
            if (i < waiters_.size() && waiters_[i]->awaits().newer_than == 0) {
                Waiter* w = waiters_[i];
                w->leave();
                w->arrived(false);
            }
        }
    }
    bool forced = std::any_of(
        waiters_.begin(), waiters_.end(),
        [](const Waiter* w) { return w->awaits().newer_than != 0; });
    if (forced && stage_ == Stage::idle && try_fetch(true) == Chance::resting) {
        wake(true);
    }
}

// Tells the waiters that are satisfied; `all`: the others too.
void ProviderState::wake(bool all) {
    std::vector<Waiter*> told = waiters_;
    for (Waiter* w : told) {
        if (std::find(waiters_.begin(), waiters_.end(), w) == waiters_.end()) {
            continue;  // gone while another was told
        }
        bool there = satisfied(w->awaits());
        if (there || all) {
            w->leave();
            w->arrived(there);
        }
    }
}

ProviderState::Chance ProviderState::try_fetch(bool forced) {
    using Outcome = store::LeaseTable::Outcome;
    const std::int64_t hold =
        2 * static_cast<std::int64_t>(conf_.outbound.timeout) + 1000;
    const auto response =
        take_lease(cache_, &CacheZone::fetches,
                   forced ? forced_key_ : lease_key_, owner_, hold);
    switch (response.outcome) {
        case Outcome::granted:
            forced_ = forced;
            fetch_next();
            return Chance::started;
        case Outcome::held:
            return Chance::elsewhere;
        case Outcome::resting:
            failing_ = false;
            return Chance::resting;
        case Outcome::failing:
        case Outcome::full:
            failing_ = true;
            return Chance::resting;
    }
    return Chance::resting;
}

void ProviderState::fetch_next() {
    if (stage_ == Stage::idle && needs_metadata() &&
        (!metadata_ || is_old(metadata_seen_))) {
        ask(Stage::metadata, oidc::CallKind::discovery, conf_.policy.config_url,
            oidc::provider::kMaxMetadataBytes);
        return;
    }
    ask_for_keys();
}

void ProviderState::ask_for_keys() {
    if (!metadata_ || metadata_->endpoints.jwks.empty()) {
        failed(base::Errc::endpoint_missing);
        return;
    }
    ask(Stage::keys, oidc::CallKind::jwks, metadata_->endpoints.jwks,
        jose::kMaxJwksBytes);
}

void ProviderState::ask(Stage stage, oidc::CallKind kind,
                        const std::string& url, std::size_t max_bytes) {
    oidc::Call call;
    call.kind = kind;
    call.url = url;
    call.max_bytes = max_bytes;
    stage_ = stage;
    begun_ = CallBegun(kind);
    transfer_ = fetcher_.start(conf_.outbound, call, reach_of(url), *this);
    if (!transfer_) {
        failed(base::Errc::out_of_memory);
    }
}

void ProviderState::replied(oidc::ProviderReply reply) noexcept {
    const bool is_received = guarded_call(false, [&] {
        received(std::move(reply));
        return true;
    });
    if (!is_received && stage_ != Stage::idle) {
        guarded_call([&] { failed(base::Errc::out_of_memory); });
    }
}

void ProviderState::received(oidc::ProviderReply reply) {
    auto done = std::move(transfer_);
    auto status = accept(reply);
    tally_.called(
        begun_,
        oidc::provider::outcome_of(
            reply, status ? std::nullopt : std::optional(status.error().code)));
    if (!status) {
        note_failure(status.error(), difference(status.error(), reply.body));
    }
    adopt();
    // Keys are fetched from where they were if only the metadata fails, since
    // they are of use for a limited time.
    if (stage_ == Stage::metadata && metadata_) {
        has_metadata_failed_ = !status;
        ask_for_keys();
        return;
    }
    if (status) {
        failures_ = has_metadata_failed_ ? failures_ : 0;
        failing_ = false;
    }
    finished();
}

base::Status ProviderState::accept(const oidc::ProviderReply& reply) {
    if (auto wrong = oidc::provider::failure(reply)) {
        return *wrong;
    }
    if (reply.status != 200) {
        return base::Errc::idp_error;
    }
    if (stage_ == Stage::metadata) {
        auto parsed = oidc::provider::parse_metadata(reply.body, conf_.policy);
        if (!parsed) {
            return parsed.error();
        }
        for (const std::string_view member : parsed->unusable) {
            log_provider(NGX_LOG_WARN, conf_.policy.name, "endpoint_unusable",
                         "the metadata's " + std::string(member) +
                             " is not used: it is no https URL, or leads to "
                             "an inner address");
        }
        const char origin = reply.is_from_inside ? kFromInside : kFromOutside;
        return publish(metadata_key_, origin + reply.body);
    }
    auto parsed = jose::KeySet::parse(reply.body);
    if (!parsed) {
        return parsed.error();
    }
    if (parsed->ignored() > 0) {
        log_provider(NGX_LOG_NOTICE, conf_.policy.name, "keys_ignored",
                     "some keys of the key set cannot be used");
    }
    return publish(keys_key_, reply.body);
}

base::Status ProviderState::publish(const crypto::Digest256& key,
                                    const std::string& text) {
    files_.save(key, text, ngx_time());
    return documents_.publish(key, text) ? base::Status{}
                                         : base::Errc::store_failed;
}

// Both names of an issuer that differs.
std::string ProviderState::difference(const base::Error& error,
                                      std::string_view document) const {
    if (error.code != base::Errc::discovery_mismatch) {
        return "";
    }
    const std::string named = oidc::provider::named_issuer(document);
    return ": it names " +
           (named.empty() ? std::string("none") : "\"" + named + "\"") +
           ", the configuration \"" + conf_.policy.issuer + "\"";
}

void ProviderState::note_failure(base::Error error, std::string_view detail) {
    ++failures_;
    failing_ = true;
    log_provider(
        NGX_LOG_ERR, conf_.policy.name, base::word(error.code),
        std::string(stage_ == Stage::metadata ? "fetching the metadata: "
                                              : "fetching the keys: ") +
            std::string(error.why) + std::string(detail));
}

void ProviderState::failed(base::Error error) {
    note_failure(error);
    finished();
}

void ProviderState::finished() {
    using Rest = store::LeaseTable::Rest;
    std::int64_t now = now_ms();
    std::int64_t rest = now + kRestAfterSuccess;
    if (failures_ > 0) {
        rest = now + pause_after(failures_ - 1);
    } else if (forced_) {
        rest = now + conf_.jwks_refresh_min.count() * 1000;
    }
    {
        Locked<CacheZone> zone(cache_);
        zone[&CacheZone::fetches].release(
            as_key(forced_ ? forced_key_ : lease_key_), owner_, now, rest,
            failing_ ? Rest::failed : Rest::done);
    }
    stage_ = Stage::idle;
    forced_ = false;
    has_metadata_failed_ = false;
    transfer_.reset();
    wake(true);
}

}  // namespace ngx
