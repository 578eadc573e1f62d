// SPDX-License-Identifier: Apache-2.0
#include "oidc/claim_path.hpp"

namespace oidc {
namespace {

using base::json::Value;
using Words = std::vector<std::string_view>;

template <class Visit>
void each_part(std::string_view text, char separator, Visit visit) {
    while (true) {
        const std::size_t end = text.find(separator);
        visit(text.substr(0, end));
        if (end == text.npos) {
            return;
        }
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;

    parts.reserve(8);
    each_part(text, separator,
              [&](std::string_view part) { parts.push_back(part); });
    return parts;
}

// "a.b"."c": nowhere when a quote or a dot is missing.
ClaimPath parse_quoted(std::string_view text) {
    ClaimPath path;

    while (true) {
        const std::size_t end = text.find('"', 1);
        if (!text.starts_with('"') || end == text.npos || end == 1) {
            return {};
        }
        path.steps.emplace_back(text.substr(1, end - 1));
        text.remove_prefix(end + 1);
        if (text.empty()) {
            return path;
        }
        if (text.front() != '.') {
            return {};
        }
        text.remove_prefix(1);
    }
}

}  // namespace

ClaimPath parse_claim_path(std::string_view text) {
    if (text.starts_with('"')) {
        return parse_quoted(text);
    }
    ClaimPath path{std::string(text), {}};
    for (const std::string_view step : split(text, '.')) {
        path.steps.emplace_back(step);
    }
    return path;
}

Value claim_at(const jose::Claims& claims, const ClaimPath& path) {
    if (!path.name.empty()) {
        if (const Value named = claims.get(path.name); named.present()) {
            return named;
        }
    }
    if (path.steps.empty()) {
        return {};
    }
    Value value = claims.root();
    for (const std::string& step : path.steps) {
        value = value.is_object() ? value.member(step) : Value();
    }
    return value;
}

std::vector<std::string_view> values(Value value, bool split_blanks) {
    Words found;

    if (const auto text = value.string()) {
        found = split_blanks ? split(*text, ' ') : Words{*text};
        std::erase(found, "");
    }
    for (const Value one : value.elements()) {
        if (const auto text = one.string(); text && !text->empty()) {
            found.push_back(*text);
        }
    }
    return found;
}

std::string scope_of(const jose::Claims& claims) {
    // One blank between each two words, and none around them.
    constexpr auto is_tidy = [](std::string_view words) {
        return !words.starts_with(' ') && !words.ends_with(' ') &&
               words.find("  ") == words.npos;
    };
    const Value given = claims.get("scope");
    const Value scope = given.present() ? given : claims.get("scp");
    std::string joined;

    const auto add = [&](std::string_view word) {
        if (!word.empty()) {
            joined.append(joined.empty() ? "" : " ").append(word);
        }
    };
    if (const auto text = scope.string()) {
        if (is_tidy(*text)) {
            return std::string(*text);
        }
        joined.reserve(text->size());
        each_part(*text, ' ', add);
    }
    for (const Value one : scope.elements()) {
        // A blank inside an array's member would make two scopes of it.
        const std::string_view word = one.string().value_or("");
        add(word.find(' ') == word.npos ? word : "");
    }
    return joined;
}

}  // namespace oidc
