// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/shared_cache.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/http.hpp"

namespace oidc::web {
namespace {

constexpr std::array<std::string_view, 4> kNames = {
    "expires", "surrogate-control", "edge-control", "x-accel-expires"};
// RFC 9213 2.1 names CDN-Cache-Control; vendors put their name in front.
constexpr std::string_view kTargeted = "cdn-cache-control";

// The end of the first directive: a comma in a quoted string belongs to it.
// npos: the string does not end.
std::size_t end_of_directive(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ',' && !quoted) {
            return i;
        }
        if (text[i] == '\\' && quoted) {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        }
    }
    return quoted ? std::string_view::npos : text.size();
}

bool is_named(std::string_view directive, std::string_view lower_name) {
    return base::equals_ignore_case(
        base::trim(directive.substr(0, directive.find('='))), lower_name);
}

// `private` with field names is about those alone.
bool is_replaced(std::string_view directive) {
    return is_named(directive, "public") || is_named(directive, "private") ||
           is_named(directive, "s-maxage") ||
           is_named(directive, "proxy-revalidate");
}

}  // namespace

// A value that caches may read in different ways is not kept.
std::string private_cache_control(std::string_view sent) {
    const std::string_view all = sent;
    std::string value = "private";
    while (!sent.empty()) {
        const std::size_t end = end_of_directive(sent);
        if (end == std::string_view::npos) {
            return "private, no-store";
        }
        const std::string_view directive = base::trim(sent.substr(0, end));
        if (is_named(directive, "no-store")) {
            return std::string(all);
        }
        if (!directive.empty() && !is_replaced(directive)) {
            value.append(", ").append(directive);
        }
        sent.remove_prefix(std::min(end + 1, sent.size()));
    }
    return value;
}

bool is_for_shared_caches(std::string_view name) noexcept {
    return name.ends_with(kTargeted) ||
           std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace oidc::web
