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

void add_row(Text& text, const ProviderStatus& p, Family family,
             std::size_t row) {
    const FamilyTraits& traits = kFamilies[number(family)];
    for (std::size_t c = 0; c < traits.columns.size(); c++) {
        const std::uint64_t count = p.counts[Place::of(family, row, c)];
        const Label column{traits.column_label, traits.columns[c]};
        if (count == 0 && traits.shown == Shown::when_counted) {
            continue;
        }
        if (traits.rows.empty()) {
            text.sample({{"provider", p.name}, column}, count);
        } else {
            text.sample({{"provider", p.name},
                         {traits.row_label, traits.rows[row]},
                         column},
                        count);
        }
    }
}

void add_family(Text& text, const Status& status, Family family) {
    const FamilyTraits& traits = kFamilies[number(family)];
    text.family(traits.metric, "counter", traits.help);
    for (const auto& p : status.providers) {
        for (std::size_t row = 0; row < traits.size() / traits.columns.size();
             row++) {
            add_row(text, p, family, row);
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
        for (std::size_t c = 0; c < kWords<Call>.size(); c++) {
            histogram(text, p, Call(c), kWords<Call>[c]);
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
    text.family("key_set_stale", "gauge",
                "1 if the provider's key set is too old to verify anything.");
    for (const auto& p : status.providers) {
        if (p.key_set) {
            text.sample({{"provider", p.name}}, p.key_set->stale ? 1 : 0);
        }
    }
}

void stores(Text& text, const Status& status) {
    text.family("store_up", "gauge",
                "1 if the session store answers the worker that was asked.");
    for (const auto& s : status.stores) {
        text.sample({{"store", s.name}}, s.up ? 1 : 0);
    }
    text.family("store_listening", "gauge",
                "1 if changes by other nginx are heard of.");
    for (const auto& s : status.stores) {
        text.sample({{"store", s.name}}, s.listening ? 1 : 0);
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
    for (std::size_t f = 0; f < std::size(kFamilies); f++) {
        add_family(text, status, Family(f));
    }
    latencies(text, status);
    key_sets(text, status);
    stores(text, status);
    tables(text, status);
    return text.take();
}

}  // namespace metrics
