// SPDX-License-Identifier: Apache-2.0
#include "base/json_object.hpp"
#include "metrics/status.hpp"

namespace metrics {

namespace {

using base::json::Object;

void add_row(Object& to, const Counts& counts, Family family, std::size_t row) {
    const FamilyTraits& traits = kFamilies[number(family)];
    for (std::size_t c = 0; c < traits.columns.size(); c++) {
        const std::uint64_t count = counts[Place::of(family, row, c)];
        if (count != 0 || traits.shown == Shown::always) {
            to.number(traits.columns[c], count);
        }
    }
}

void add_family(std::string& to, const Counts& counts, Family family) {
    const FamilyTraits& traits = kFamilies[number(family)];
    Object rows(to);
    if (traits.rows.empty()) {
        add_row(rows, counts, family, 0);
    }
    for (std::size_t r = 0; r < traits.rows.size(); r++) {
        Object row(rows.member(traits.rows[r]));
        add_row(row, counts, family, r);
    }
}

// Cumulative, as in Prometheus.
void add_latency(std::string& to, const Counts& counts, Call call) {
    Object histogram(to);
    std::uint64_t count = 0;
    {
        Object buckets(histogram.member("le"));
        for (std::size_t b = 0; b < kBuckets.size(); b++) {
            count += counts[Place::latency(call, b)];
            buckets.number(kBuckets[b].seconds, count);
        }
    }
    count += counts[Place::latency(call, kBuckets.size())];
    histogram.number("count", count);
    histogram.number("sum_microseconds", counts[Place::latency_sum(call)]);
}

// All that is counted of a kind of call is in one object.
void add_calls(std::string& to, const Counts& counts) {
    Object kinds(to);
    for (std::size_t c = 0; c < kWords<Call>.size(); c++) {
        Object kind(kinds.member(kWords<Call>[c]));
        add_row(kind, counts, Family::calls, c);
        add_latency(kind.member("seconds"), counts, Call(c));
        Object saved(kind.member("saved"));
        add_row(saved, counts, Family::saved, c);
    }
}

void provider(std::string& to, const ProviderStatus& status) {
    Object object(to);
    for (std::size_t f = 0; f < std::size(kFamilies); f++) {
        if (Family(f) == Family::calls) {
            add_calls(object.member("calls"), status.counts);
        } else if (Family(f) != Family::saved) {
            add_family(object.member(kFamilies[f].name), status.counts,
                       Family(f));
        }
    }
    if (!status.key_set) {
        object.member("key_set") += "null";
        return;
    }
    Object key_set(object.member("key_set"));
    key_set.number("generation", status.key_set->generation);
    key_set.integer("age_seconds", status.key_set->age);
    key_set.number("stale", status.key_set->stale ? 1 : 0);
}

void table(std::string& to, const TableStatus& status) {
    Object object(to);
    object.text("zone", status.zone);
    object.text("table", status.table);
    object.number("entries", status.entries);
    object.number("used", status.used);
    object.number("capacity", status.capacity);
    object.number("evictions", status.evictions);
    object.number("rejections", status.rejections);
    object.number("recoveries", status.recoveries);
}

}  // namespace

std::string to_json(const Status& status) {
    std::string text;
    {
        Object all(text);
        {
            Object providers(all.member("providers"));
            for (const ProviderStatus& p : status.providers) {
                provider(providers.member(p.name), p);
            }
        }
        {
            Object stores(all.member("stores"));
            for (const StoreStatus& s : status.stores) {
                Object store(stores.member(s.name));
                store.number("up", s.up ? 1 : 0);
                store.number("listening", s.listening ? 1 : 0);
            }
        }
        std::string& list = all.member("tables");
        char before = '[';
        for (const TableStatus& t : status.tables) {
            list += before;
            before = ',';
            table(list, t);
        }
        list += before == '[' ? "[]" : "]";
    }
    return text;
}

}  // namespace metrics
