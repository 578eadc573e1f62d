// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <initializer_list>
#include <utility>

#include "metrics/status.hpp"

namespace metrics {

namespace {

using Label = std::pair<std::string_view, std::string_view>;

// Escapes the value of a label: backslash, quote and line feed.
void append_escaped(std::string& to, std::string_view value) {
    for (const char c : value) {
        if (c == '\n') {
            to += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') {
            to += '\\';
        }
        to += c;
    }
}

class Text {
public:
    // All of a family's samples follow its head.
    void family(std::string_view name, std::string_view type,
                std::string_view help) {
        name_ = "auth_oidc_";
        name_ += name;
        line("# HELP ", help);
        line("# TYPE ", type);
    }
    void sample(std::string_view suffix, std::initializer_list<Label> labels,
                std::string_view value) {
        text_ += name_;
        text_ += suffix;
        char before = '{';
        for (const auto& [label, content] : labels) {
            text_ += before;
            text_ += label;
            text_ += "=\"";
            append_escaped(text_, content);
            text_ += '"';
            before = ',';
        }
        text_ += "} ";
        text_ += value;
        text_ += '\n';
    }
    void sample(std::initializer_list<Label> labels, std::uint64_t value) {
        sample("", labels, std::to_string(value));
    }
    std::string take() { return std::move(text_); }

private:
    void line(std::string_view mark, std::string_view rest) {
        text_ += mark;
        text_ += name_;
        text_ += ' ';
        text_ += rest;
        text_ += '\n';
    }
    std::string name_;
    std::string text_;
};

std::string seconds(std::uint64_t microseconds) {
    char text[32];
    const int size = std::snprintf(
        text, sizeof(text), "%llu.%06llu",
        static_cast<unsigned long long>(microseconds / 1'000'000),
        static_cast<unsigned long long>(microseconds % 1'000'000));
    return {text, static_cast<std::size_t>(size)};
}

void requests(Text& text, const Status& status) {
    text.family("requests_total", "counter",
                "Requests judged, by kind of credential and by result.");
    for (const auto& p : status.providers) {
        for (std::size_t m = 0; m < kMethods.size(); m++) {
            for (std::size_t r = 0; r < kResults.size(); r++) {
                const auto at = Place::request(Method(m), Result(r));
                text.sample({{"provider", p.name},
                             {"method", kMethods[m]},
                             {"result", kResults[r]}},
                            p.counts[at]);
            }
        }
    }
}

void refusals(Text& text, const Status& status) {
    text.family("refusals_total", "counter",
                "Requests refused, by reason word.");
    for (const auto& p : status.providers) {
        for (std::size_t e = 0; e < kReasons.size(); e++) {
            const auto count = p.counts[Place::refusal(base::Errc(e))];
            if (count != 0) {
                text.sample({{"provider", p.name}, {"reason", kReasons[e]}},
                            count);
            }
        }
    }
}

void calls(Text& text, const Status& status) {
    text.family("provider_calls_total", "counter",
                "Calls made to the provider, by kind and by result.");
    for (const auto& p : status.providers) {
        for (std::size_t c = 0; c < kCalls.size(); c++) {
            for (std::size_t r = 0; r < kCallResults.size(); r++) {
                const auto at = Place::call(Call(c), CallResult(r));
                text.sample({{"provider", p.name},
                             {"call", kCalls[c]},
                             {"result", kCallResults[r]}},
                            p.counts[at]);
            }
        }
    }
}

void histogram(Text& text, const ProviderStatus& p, Call call,
               std::string_view word) {
    std::uint64_t count = 0;
    for (std::size_t b = 0; b <= kBuckets.size(); b++) {
        count += p.counts[Place::latency(call, b)];
        text.sample(
            "_bucket",
            {{"provider", p.name},
             {"call", word},
             {"le", b < kBuckets.size() ? kBuckets[b].seconds : "+Inf"}},
            std::to_string(count));
    }
    text.sample("_sum", {{"provider", p.name}, {"call", word}},
                seconds(p.counts[Place::latency_sum(call)]));
    text.sample("_count", {{"provider", p.name}, {"call", word}},
                std::to_string(count));
}

void latencies(Text& text, const Status& status) {
    text.family("provider_call_seconds", "histogram",
                "How long calls to the provider took.");
    for (const auto& p : status.providers) {
        for (std::size_t c = 0; c < kCalls.size(); c++) {
            histogram(text, p, Call(c), kCalls[c]);
        }
    }
}

void saved(Text& text, const Status& status) {
    text.family("provider_calls_saved_total", "counter",
                "Calls to the provider that were not needed, by kind and why.");
    for (const auto& p : status.providers) {
        for (std::size_t c = 0; c < kCalls.size(); c++) {
            for (std::size_t s = 0; s < kSavings.size(); s++) {
                const auto at = Place::saved(Call(c), Saving(s));
                text.sample({{"provider", p.name},
                             {"call", kCalls[c]},
                             {"by", kSavings[s]}},
                            p.counts[at]);
            }
        }
    }
}

void verdicts(Text& text, const Status& status) {
    text.family("token_verdicts_total", "counter",
                "Bearer tokens that the worker did not know, by how they were "
                "judged.");
    for (const auto& p : status.providers) {
        for (std::size_t v = 0; v < kVerdicts.size(); v++) {
            text.sample({{"provider", p.name}, {"by", kVerdicts[v]}},
                        p.counts[Place::verdict(Verdict(v))]);
        }
    }
}

void key_sets(Text& text, const Status& status) {
    text.family("key_set_generation", "gauge",
                "Grows whenever the provider's key set changes.");
    for (const auto& p : status.providers) {
        if (p.key_set) {
            text.sample({{"provider", p.name}}, p.key_set->generation);
        }
    }
    text.family("key_set_age_seconds", "gauge",
                "Time since the provider's key set was fetched.");
    for (const auto& p : status.providers) {
        if (p.key_set) {
            text.sample("", {{"provider", p.name}},
                        std::to_string(p.key_set->age));
        }
    }
}

void tables(Text& text, const Status& status) {
    const auto each = [&](std::string_view name, std::string_view type,
                          std::string_view help,
                          std::uint64_t TableStatus::*member) {
        text.family(name, type, help);
        for (const auto& t : status.tables) {
            text.sample({{"zone", t.zone}, {"table", t.table}}, t.*member);
        }
    };
    each("table_entries", "gauge", "Entries of a table in shared memory.",
         &TableStatus::entries);
    each("table_used", "gauge", "Units of a table that are in use.",
         &TableStatus::used);
    each("table_capacity", "gauge", "Units that a table has.",
         &TableStatus::capacity);
    each("table_evictions_total", "counter",
         "Live entries that had to make room.", &TableStatus::evictions);
    each("table_rejections_total", "counter", "New entries that found no room.",
         &TableStatus::rejections);
    each("table_recoveries_total", "counter",
         "Repairs after a worker died while it changed a table.",
         &TableStatus::recoveries);
}

}  // namespace

std::string to_prometheus(const Status& status) {
    Text text;
    requests(text, status);
    refusals(text, status);
    calls(text, status);
    latencies(text, status);
    saved(text, status);
    verdicts(text, status);
    key_sets(text, status);
    tables(text, status);
    return text.take();
}

}  // namespace metrics
