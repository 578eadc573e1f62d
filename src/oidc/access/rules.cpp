// SPDX-License-Identifier: Apache-2.0
#include "oidc/access/rules.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace oidc::access {
namespace {

using base::Errc;
using base::json::Value;

using Words = std::vector<std::string_view>;

// Whether `has` is true for every word of one entry, which has one.
template <class Has>
bool holds_any(const AnyOf& entries, Has has) {
    return std::ranges::any_of(entries, [&](const AllOf& entry) {
        return !entry.empty() && std::ranges::all_of(entry, has);
    });
}

bool holds_any(const Words& present, const AnyOf& entries) {
    return holds_any(entries, [&](std::string_view word) {
        return std::ranges::find(present, word) != present.end();
    });
}

// Searches words that are separated by one space.
bool has_word(std::string_view words, std::string_view wanted) {
    while (!words.empty()) {
        if (base::take_until(words, ' ') == wanted) {
            return true;
        }
    }
    return false;
}

bool is_scalar(Value value) {
    return value.is_number() || value.is_true() || value.is_false();
}

// Strings as they are, numbers and booleans as JSON writes them.
std::vector<std::string> comparable(Value value) {
    std::vector<std::string> texts;
    const auto add = [&](Value one) {
        if (const auto text = one.string()) {
            texts.emplace_back(*text);
        } else if (is_scalar(one)) {
            texts.push_back(one.text());
        }
    };

    add(value);
    for (const Value one : value.elements()) {
        add(one);
    }
    return texts;
}

bool claim_holds(const ClaimRule& rule, const jose::Claims& claims) {
    const auto texts = comparable(claim_at(claims, rule.path));

    return holds_any(Words(texts.begin(), texts.end()), rule.values);
}

// Azure AD and others leave out the groups of a user who has many (OIDC Core
// 5.6.2).
base::Error no_group(const Provider& provider, const Identity& identity) {
    const auto path = parse_claim_path(provider.groups_claim);
    const auto elsewhere =
        claim_at(identity.claims, parse_claim_path("_claim_names"));
    return elsewhere.member(path.name).present() ||
                   (!path.steps.empty() &&
                    elsewhere.member(path.steps.front()).present())
               ? base::Error(Errc::group_missing,
                             "the provider left the groups out for their "
                             "number (_claim_names)")
               : base::Error(Errc::group_missing);
}

}  // namespace

bool has_rules(const Location& location) {
    return !location.scopes.empty() || !location.groups.empty() ||
           !location.claims.empty();
}

std::optional<Unmet> unmet_rule(const Location& location,
                                const Provider& provider,
                                const Identity& identity) {
    for (const AnyOf& entries : location.scopes) {
        if (!holds_any(entries, [&](std::string_view scope) {
                return has_word(identity.scope, scope);
            })) {
            return Unmet{Errc::scope_missing,
                         entries.empty() ? AllOf{} : entries.front()};
        }
    }
    if (!location.groups.empty()) {
        const auto groups = values(
            claim_at(identity.claims, parse_claim_path(provider.groups_claim)),
            false);
        for (const AnyOf& entries : location.groups) {
            if (!holds_any(groups, entries)) {
                return Unmet{no_group(provider, identity), {}};
            }
        }
    }
    for (const ClaimRule& rule : location.claims) {
        if (!claim_holds(rule, identity.claims)) {
            return Unmet{Errc::claim_mismatch, {}};
        }
    }
    return std::nullopt;
}

bool is_empty_value(std::string_view text) noexcept {
    constexpr std::string_view kNull = "null";
    if (text == "false" || text == kNull) {
        return true;
    }
    if (text.starts_with('[') || text.starts_with('{')) {
        while (!text.empty()) {
            const bool is_null = text.starts_with(kNull);
            if (!is_null && std::string_view("[]{}, ").find(text.front()) ==
                                std::string_view::npos) {
                return false;
            }
            text.remove_prefix(is_null ? kNull.size() : 1);
        }
        return true;
    }
    // Zero in whatever spelling: 0, 0.0, -0, 0e0.
    const std::string_view number = text.substr(text.starts_with('-') ? 1 : 0);
    return text.empty() ||
           (number.starts_with('0') &&
            number.substr(0, number.find_first_of("eE"))
                    .find_first_not_of("0.") == std::string_view::npos);
}

}  // namespace oidc::access
