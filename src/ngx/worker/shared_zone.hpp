// SPDX-License-Identifier: Apache-2.0
// The shared memory zones: their tables, and the one lock of each.
#pragma once

#include <atomic>

#include "crypto/digest.hpp"
#include "metrics/counters.hpp"
#include "ngx/conf/conf.hpp"
#include "store/blob_table.hpp"
#include "store/lease_table.hpp"
#include "store/rate_window.hpp"
#include "store/stamp_table.hpp"

namespace ngx {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// What lies at the start of the cache zone. Kept over reloads while name,
// size and layout stay the same.
struct CacheZone {
    std::uint64_t layout;
#define CACHE_TABLE(name, type, share, entry, full, filled_by) \
    store::type* name;
#include "ngx/worker/zone_tables.def"
    metrics::Counters* counters;
    // What each provider was asked in the last second, over all workers: as
    // many rows as the counters have columns, by the provider's place there.
    // What other nginx have asked could be added here.
    store::RateWindow (*call_windows)[oidc::kMaxCallRates];
    std::uint32_t call_window_rows;
    // The hash of the provider's name, by its place among the counters; 0:
    // free.
    std::uint64_t counted[metrics::kMaxProviders];
    ngx_atomic_t last_generation;
    std::atomic<std::uint64_t> logout_number;
    std::atomic<std::uint64_t> denial_number;
    // Sessions that began until then have ended, by the provider's name; ones
    // that share a place end together.
    std::atomic<std::int64_t> ended_until[metrics::kMaxProviders];
    unsigned char secret[32];        // seals cookies where none is configured
    unsigned char names_secret[32];  // names of credentials and of sessions
};

struct SessionZone {
    std::uint64_t layout;
    // Of copies of sessions in Redis: see oidc::SessionRecords.
    std::atomic<std::int64_t> heard_until;  // seconds
    std::atomic<std::uint64_t> missed;
    std::atomic<std::uint64_t> changes[256];
#define SESSION_TABLE(name, type, share, entry, full, filled_by) \
    store::type* name;
#include "ngx/worker/zone_tables.def"
};

ngx_int_t add_cache_zone(ngx_conf_t*, MainConf&);
ngx_int_t add_session_zone(ngx_conf_t*, SessionStore&);

inline const store::Key& as_key(const crypto::Digest256& digest) noexcept {
    return *reinterpret_cast<const store::Key*>(digest.data());
}

// Holds the zone's mutex, which nginx itself releases when a worker dies,
// and repairs what a dead worker left half done. No call out under it.
class ZoneLock {
public:
    explicit ZoneLock(ngx_shm_zone_t* zone) noexcept
        : pool_(reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr)) {
        ngx_shmtx_lock(&pool_->mutex);
    }
    ~ZoneLock() { ngx_shmtx_unlock(&pool_->mutex); }
    ZoneLock(const ZoneLock&) = delete;
    ZoneLock& operator=(const ZoneLock&) = delete;

private:
    ngx_slab_pool_t* pool_;
};

struct TableShape {
    const char* name;
    std::size_t share;  // of the zone, in hundredths
    std::size_t entry;  // usual bytes of an entry of a BlobTable
};

// Calls visit(shape, member) for each table of a zone, in their order.
template <class Zone, class Visit>
constexpr void each_table(Visit visit) {
    if constexpr (std::is_same_v<Zone, CacheZone>) {
#define CACHE_TABLE(name, type, share, entry, full, filled_by) \
    visit(TableShape{#name, share, entry}, &CacheZone::name);
#include "ngx/worker/zone_tables.def"
    } else {
#define SESSION_TABLE(name, type, share, entry, full, filled_by) \
    visit(TableShape{#name, share, entry}, &SessionZone::name);
#include "ngx/worker/zone_tables.def"
    }
}

// The tables can be had with the lock alone.
template <class Zone>
class Locked {
public:
    explicit Locked(ngx_shm_zone_t* zone) noexcept
        : lock_(zone), zone_(static_cast<Zone*>(zone->data)) {}

    // The table, repaired.
    template <class Table>
    Table& operator[](Table* Zone::*member) const noexcept {
        Table& table = *(zone_->*member);
        table.recover();
        return table;
    }

private:
    ZoneLock lock_;
    Zone* zone_;
};

}  // namespace ngx
