// SPDX-License-Identifier: Apache-2.0
#include "base/json_object.hpp"
#include "metrics/status.hpp"

namespace metrics {

namespace {

using base::json::Object;

void requests(std::string& to, const Counts& counts) {
    Object methods(to);
    for (std::size_t m = 0; m < kMethods.size(); m++) {
        Object results(methods.member(kMethods[m]));
        for (std::size_t r = 0; r < kResults.size(); r++) {
            results.number(kResults[r],
                           counts[Place::request(Method(m), Result(r))]);
        }
    }
}

void refusals(std::string& to, const Counts& counts) {
    Object reasons(to);
    for (std::size_t e = 0; e < kReasons.size(); e++) {
        const auto count = counts[Place::refusal(base::Errc(e))];
        if (count != 0) {
            reasons.number(kReasons[e], count);
        }
    }
}

// Cumulative, as in Prometheus.
void latency(std::string& to, const Counts& counts, Call call) {
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

void calls(std::string& to, const Counts& counts) {
    Object kinds(to);
    for (std::size_t c = 0; c < kCalls.size(); c++) {
        Object kind(kinds.member(kCalls[c]));
        for (std::size_t r = 0; r < kCallResults.size(); r++) {
            kind.number(kCallResults[r],
                        counts[Place::call(Call(c), CallResult(r))]);
        }
        latency(kind.member("seconds"), counts, Call(c));
        Object saved(kind.member("saved"));
        for (std::size_t s = 0; s < kSavings.size(); s++) {
            saved.number(kSavings[s], counts[Place::saved(Call(c), Saving(s))]);
        }
    }
}

void verdicts(std::string& to, const Counts& counts) {
    Object object(to);
    for (std::size_t v = 0; v < kVerdicts.size(); v++) {
        object.number(kVerdicts[v], counts[Place::verdict(Verdict(v))]);
    }
}

void provider(std::string& to, const ProviderStatus& status) {
    Object object(to);
    requests(object.member("requests"), status.counts);
    refusals(object.member("refusals"), status.counts);
    calls(object.member("calls"), status.counts);
    verdicts(object.member("verdicts"), status.counts);
    if (!status.key_set) {
        object.member("key_set") += "null";
        return;
    }
    Object key_set(object.member("key_set"));
    key_set.number("generation", status.key_set->generation);
    key_set.integer("age_seconds", status.key_set->age);
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
