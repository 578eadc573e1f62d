// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/shared_zone.hpp"

#include <bit>

#include "crypto/random.hpp"
#include "ngx/conf/key_settings.hpp"
#include "ngx/guard.hpp"
#include "ngx/pool.hpp"

namespace ngx {

namespace {

// Changes whenever the layout of a zone does: data of another module version
// is never reinterpreted.
constexpr std::uint64_t kLayout = 0x6f696463'00000009;

template <class Zone>
constexpr std::size_t shares() {
    std::size_t sum = 0;
    each_table<Zone>([&](TableShape shape, auto) { sum += shape.share; });
    return sum;
}
static_assert(shares<CacheZone>() == 100 && shares<SessionZone>() == 100);

// All of the zone's pages that are still free, which lie in one piece.
store::Arena rest_of(ngx_slab_pool_t* pool) {
    std::size_t size = pool->pfree * ngx_pagesize;
    void* region = ngx_slab_alloc(pool, size);
    return store::Arena(region, region ? size : 0);
}

template <class Zone>
Zone* fresh(ngx_shm_zone_t* shm) {
    auto* pool = reinterpret_cast<ngx_slab_pool_t*>(shm->shm.addr);
    auto* zone = static_cast<Zone*>(ngx_slab_calloc(pool, sizeof(Zone)));
    if (zone) {
        zone->layout = kLayout;
        pool->data = zone;
        shm->data = zone;
    }
    return zone;
}

ngx_int_t too_small(ngx_shm_zone_t* shm) {
    ngx_log_error(NGX_LOG_EMERG, shm->shm.log, 0, "zone \"%V\" is too small",
                  &shm->shm.name);
    return NGX_ERROR;
}

template <class Table>
bool is_ours(Table* table) noexcept {
    return table && Table::attach(table) == table;
}

template <class Zone>
bool is_whole(const Zone& zone) noexcept {
    bool whole = true;
    each_table<Zone>([&](TableShape, auto member) {
        whole = whole && is_ours(zone.*member);
    });
    return whole;
}

bool is_kept(const CacheZone& zone) noexcept {
    return is_whole(zone) && is_ours(zone.counters);
}

bool is_kept(const SessionZone& zone) noexcept {
    return is_whole(zone);
}

// nginx keeps a zone over a reload if its name, tag and size are the same. The
// layout of another version of this module is never read.
template <class Zone>
ngx_int_t reuse(ngx_shm_zone_t* shm, void* old) {
    auto* zone = static_cast<Zone*>(old);
    if (zone->layout != kLayout || !is_kept(*zone)) {
        ngx_log_error(NGX_LOG_EMERG, shm->shm.log, 0,
                      "zone \"%V\" is of another version of the module: "
                      "restart nginx",
                      &shm->shm.name);
        return NGX_ERROR;
    }
    shm->data = zone;
    return NGX_OK;
}

store::BlobTable* make(store::BlobTable*, store::Arena& part,
                       std::size_t entry) {
    return store::BlobTable::create(part, entry);
}

template <class Table>
Table* make(Table*, store::Arena& part, std::size_t) {
    return Table::create(part, Table::capacity_for(part.left()));
}

// False when the zone is too small for one of them.
template <class Zone>
bool make_tables(Zone& zone, store::Arena& all) {
    const std::size_t hundredth = all.left() / 100 / 64 * 64;
    bool is_done = true;
    each_table<Zone>([&](TableShape shape, auto member) {
        const std::size_t size = hundredth * shape.share;
        store::Arena part(all.take(size, 64), size);
        zone.*member = make(zone.*member, part, shape.entry);
        is_done = is_done && zone.*member;
    });
    return is_done;
}

// Room for twice the providers that are there, so that a reload may bring
// others.
std::uint32_t columns_for(std::size_t providers) {
    return static_cast<std::uint32_t>(
        std::bit_ceil(std::clamp<std::size_t>(2 * providers, 4, 64)));
}

bool make_call_windows(CacheZone& zone, store::Arena& all, std::uint32_t rows) {
    const std::size_t size = rows * sizeof(*zone.call_windows);
    void* at = all.take(size, 64);
    if (at == nullptr) {
        return false;
    }
    ngx_memzero(at, size);
    zone.call_windows = static_cast<decltype(zone.call_windows)>(at);
    zone.call_window_rows = rows;
    return true;
}

// Not more than an eighth of the zone, whatever workers then share.
metrics::Counters* make_counters(store::Arena& all, std::uint32_t columns) {
    std::size_t row = metrics::Counters::bytes(2, columns) -
                      metrics::Counters::bytes(1, columns);
    auto rows = static_cast<std::uint32_t>(
        std::clamp<std::size_t>(all.left() / 8 / row, 1, metrics::kMaxWorkers));
    std::size_t size = metrics::Counters::bytes(rows, columns);
    return metrics::Counters::create(all.take(size, 64), size, rows, columns);
}

template <std::size_t N>
bool draw(unsigned char (&secret)[N], const ngx_shm_zone_t* shm) {
    auto random = crypto::random_bytes(N);
    if (!random) {
        ngx_log_error(NGX_LOG_EMERG, shm->shm.log, 0, "no random bytes");
        return false;
    }
    ngx_memcpy(secret, random->data(), N);
    base::wipe(random->data(), random->size());
    return true;
}

ngx_int_t fill_cache_zone(ngx_shm_zone_t* shm) {
    // Set by add_cache_zone.
    const auto& main = *static_cast<const MainConf*>(shm->data);
    auto* zone = fresh<CacheZone>(shm);
    if (zone == nullptr) {
        return too_small(shm);
    }
    auto* pool = reinterpret_cast<ngx_slab_pool_t*>(shm->shm.addr);
    store::Arena all = rest_of(pool);
    const std::uint32_t columns = columns_for(main.providers.size());
    zone->counters = make_counters(all, columns);
    if (!zone->counters || !make_call_windows(*zone, all, columns) ||
        !make_tables(*zone, all)) {
        return too_small(shm);
    }
    return draw(zone->secret, shm) && draw(zone->names_secret, shm) ? NGX_OK
                                                                    : NGX_ERROR;
}

ngx_int_t fill_session_zone(ngx_shm_zone_t* shm) {
    auto* zone = fresh<SessionZone>(shm);
    if (zone == nullptr) {
        return too_small(shm);
    }
    auto* pool = reinterpret_cast<ngx_slab_pool_t*>(shm->shm.addr);
    store::Arena all = rest_of(pool);
    return make_tables(*zone, all) ? NGX_OK : too_small(shm);
}

// Whatever else can be told only here, where nginx has made its directories and
// an error leaves the former configuration in use.
bool is_ready(const ngx_shm_zone_t*, SessionZone*) {
    return true;
}
bool is_ready(const ngx_shm_zone_t* shm, CacheZone*) {
    // Set by add_cache_zone.
    return is_keys_path_usable(*static_cast<const MainConf*>(shm->data),
                               shm->shm.log);
}

template <class Zone, ngx_int_t (*Fill)(ngx_shm_zone_t*)>
ngx_int_t init_zone(ngx_shm_zone_t* shm, void* old) noexcept {
    return guarded_call(ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        if (!is_ready(shm, static_cast<Zone*>(nullptr))) {
            return NGX_ERROR;
        }
        return old ? reuse<Zone>(shm, old) : Fill(shm);
    });
}

ngx_shm_zone_t* add_zone(ngx_conf_t* cf, const std::string& name,
                         std::size_t size,
                         ngx_int_t (*init)(ngx_shm_zone_t*, void*)) {
    ngx_str_t copied = copy(cf->pool, name);
    if (copied.data == nullptr) {
        return nullptr;
    }
    ngx_shm_zone_t* zone =
        ngx_shared_memory_add(cf, &copied, size, &ngx_http_auth_oidc_module);
    if (zone) {
        zone->init = init;
    }
    return zone;
}

}  // namespace

ngx_int_t add_cache_zone(ngx_conf_t* cf, MainConf& main) {
    main.cache_zone = add_zone(cf, "auth_oidc_cache", main.cache_size,
                               init_zone<CacheZone, fill_cache_zone>);
    if (main.cache_zone == nullptr) {
        return NGX_ERROR;
    }
    main.cache_zone->data = &main;
    return NGX_OK;
}

ngx_int_t add_session_zone(ngx_conf_t* cf, SessionStore& store) {
    if (store.zone) {
        return NGX_OK;
    }
    store.zone = add_zone(cf, "auth_oidc_sessions_" + store.name, store.size,
                          init_zone<SessionZone, fill_session_zone>);
    return store.zone ? NGX_OK : NGX_ERROR;
}

}  // namespace ngx
