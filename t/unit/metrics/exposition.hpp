// SPDX-License-Identifier: Apache-2.0
// Knows the Prometheus text format well enough to find fault with it.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace metrics {

// Reads text format 0.0.4; `fault` says what is wrong with it, or "".
class Exposition {
public:
    explicit Exposition(std::string_view text) {
        if (text.empty() || text.back() != '\n') {
            fail("no line feed at the end");
        }
        while (!text.empty()) {
            const auto end = text.find('\n');
            line(text.substr(0, end));
            text.remove_prefix(end == text.npos ? text.size() : end + 1);
        }
    }
    const std::string& fault() const { return fault_; }
    // By name and labels as they are written; "-" when there is none.
    std::string value(const std::string& series) const {
        const auto found = samples_.find(series);
        return found == samples_.end() ? "-" : found->second;
    }
    const std::map<std::string, std::string>& samples() const {
        return samples_;
    }
    const std::map<std::string, std::string>& types() const { return types_; }

private:
    void fail(std::string what) {
        if (fault_.empty()) {
            fault_ = std::move(what);
        }
    }
    static bool is_name(std::string_view name) {
        return !name.empty() &&
               name.find_first_not_of(
                   "abcdefghijklmnopqrstuvwxyz0123456789_"
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == name.npos &&
               (name[0] < '0' || name[0] > '9');
    }
    void line(std::string_view text) {
        if (text.starts_with("# HELP ")) {
            const auto name = text.substr(7, text.find(' ', 7) - 7);
            help_ = name;
        } else if (text.starts_with("# TYPE ")) {
            const auto space = text.find(' ', 7);
            family_ = text.substr(7, space - 7);
            if (family_ != help_) {
                fail("TYPE without HELP: " + family_);
            }
            if (!types_.emplace(family_, text.substr(space + 1)).second) {
                fail("a family came twice: " + family_);
            }
        } else {
            sample(text);
        }
    }
    void sample(std::string_view text) {
        std::string name(text.substr(0, text.find_first_of("{ ")));
        const std::string_view suffix = std::string_view(name).substr(
            std::min(family_.size(), name.size()));
        const bool histogram = types_[family_] == "histogram";
        if (!is_name(name) || !name.starts_with(family_) ||
            (histogram
                 ? suffix != "_bucket" && suffix != "_sum" && suffix != "_count"
                 : !suffix.empty())) {
            fail("a sample outside of its family: " + std::string(text));
        }
        const std::size_t end = labels(text, name.size());
        if (end == text.npos || end + 1 >= text.size() || text[end] != ' ' ||
            text.find_first_not_of("0123456789.-", end + 1) != text.npos) {
            fail("a sample without a value: " + std::string(text));
            return;
        }
        if (!samples_.emplace(text.substr(0, end), text.substr(end + 1))
                 .second) {
            fail("a series came twice: " + std::string(text));
        }
    }
    // Where the labels end; npos when they do not.
    static std::size_t labels(std::string_view text, std::size_t at) {
        if (at >= text.size() || text[at] != '{') {
            return at;
        }
        do {
            const auto equals = text.find('=', ++at);
            if (equals == text.npos || !is_name(text.substr(at, equals - at)) ||
                text.substr(equals + 1, 1) != "\"") {
                return text.npos;
            }
            for (at = equals + 2; at < text.size() && text[at] != '"'; at++) {
                if (text[at] == '\\' && (++at == text.size() ||
                                         (text[at] != '\\' && text[at] != '"' &&
                                          text[at] != 'n'))) {
                    return text.npos;
                }
            }
            at++;
        } while (at < text.size() && text[at] == ',');
        return at < text.size() && text[at] == '}' ? at + 1 : text.npos;
    }

    std::string fault_, help_, family_;
    std::map<std::string, std::string> types_, samples_;
};

}  // namespace metrics
