// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/status_handler.hpp"

#include "base/json.hpp"
#include "metrics/status.hpp"
#include "ngx/clock.hpp"
#include "ngx/request/access_handler.hpp"
#include "ngx/request/headers.hpp"
#include "ngx/request/respond.hpp"
#include "ngx/worker/worker.hpp"

namespace ngx {

namespace {

using metrics::TableStatus;

TableStatus describe(const store::BlobTable::Stats& s) {
    return {
        "",          "",           s.entries,   s.blocks_used, s.blocks_total,
        s.evictions, s.rejections, s.recoveries};
}

TableStatus describe(const store::StampTable::Stats& s) {
    return {"",         "",          s.entries,    s.entries,
            s.capacity, s.evictions, s.rejections, s.recoveries};
}

// The lock is held for the few words of the table's statistics alone.
template <class Zone, class Table>
TableStatus look_at(ngx_shm_zone_t* zone, const char* name,
                    Table* Zone::*table) {
    typename Table::Stats stats;
    {
        Locked<Zone> locked(zone);
        stats = locked[table].stats();
    }
    TableStatus status = describe(stats);
    status.zone = view(zone->shm.name);
    status.table = name;
    return status;
}

template <class Zone>
void add_tables(metrics::Status& status, ngx_shm_zone_t* zone) {
    each_table<Zone>([&](TableShape shape, auto table) {
        status.tables.push_back(look_at(zone, shape.name, table));
    });
}

metrics::Status collect(Worker& worker) {
    metrics::Status status;
    for (const ProviderConf* p : worker.main().providers) {
        status.providers.push_back({p->policy.name, worker.tally(*p).sum(),
                                    worker.source(*p).key_set()});
    }
    add_tables<CacheZone>(status, worker.cache_zone());
    for (const SessionStore* store : worker.main().stores) {
        if (const RedisClient* redis = worker.redis(*store)) {
            status.stores.push_back(
                {store->name, redis->is_up(), redis->is_heard(now())});
        }
        if (store->zone) {
            add_tables<SessionZone>(status, store->zone);
        }
    }
    return status;
}

constexpr base::Seconds kUntilReady{1};

bool is_ready(Worker& worker, const ProviderConf& p) {
    ProviderState& source = worker.source(p);
    return source.metadata() &&
           (!oidc::needs_keys(p.policy) || source.keys().set);
}

// Whether what is fetched from each provider is here, as load balancers ask.
oidc::Response describe_readiness(Worker* worker) {
    std::string waiting;
    if (worker) {
        for (const ProviderConf* p : worker->main().providers) {
            if (!is_ready(*worker, *p)) {
                waiting += waiting.empty() ? "" : ",";
                waiting += base::json::quote(p->policy.name);
            }
        }
    }
    oidc::Response response;
    response.status = NGX_HTTP_OK;
    response.content_type = "application/json";
    if (!waiting.empty()) {
        response.status = NGX_HTTP_SERVICE_UNAVAILABLE;
        response.retry_after = kUntilReady;
    }
    response.body = "{\"waiting\":[" + waiting + "]}";
    return response;
}

bool accepts_prometheus(ngx_http_request_t* r) {
    bool found = false;
    each_header(r->headers_in.headers, [&](const ngx_table_elt_t& line) {
        if (is_named(line, "accept")) {
            std::string_view value = view(line.value);
            found = found || value.find("text/plain") != value.npos ||
                    value.find("application/openmetrics-text") != value.npos;
        }
    });
    return found;
}

bool wants_prometheus(ngx_http_request_t* r) {
    ngx_str_t format{0, nullptr};
    ngx_str_t name = borrow("format");
    if (ngx_http_arg(r, name.data, name.len, &format) == NGX_OK) {
        return view(format) == "prometheus";
    }
    return accepts_prometheus(r);
}

oidc::Response describe_status(ngx_http_request_t* r, Worker* worker) {
    const metrics::Status status =
        worker ? collect(*worker) : metrics::Status{};
    oidc::Response response;
    response.status = NGX_HTTP_OK;
    if (wants_prometheus(r)) {
        response.content_type = metrics::kPrometheusType;
        response.body = metrics::to_prometheus(status);
    } else {
        response.content_type = "application/json";
        response.body = metrics::to_json(status);
    }
    return response;
}

bool asks_readiness(ngx_http_request_t* r) {
    return view(r->args) == "ready";
}

}  // namespace

ngx_int_t status_handler(ngx_http_request_t* r) {
    if (!is_reading(r)) {
        return refuse_method(r);
    }
    if (!is_restricted(r, Users::all)) {
        ngx_log_error(
            NGX_LOG_WARN, r->connection->log, 0,
            "auth_oidc_status: nothing says who may read it: \"allow\" "
            "is missing in the location");
        return NGX_HTTP_FORBIDDEN;
    }
    Worker* worker = worker_of(r);
    return send_content(r, asks_readiness(r) ? describe_readiness(worker)
                                             : describe_status(r, worker));
}

}  // namespace ngx
