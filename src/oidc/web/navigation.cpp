// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/navigation.hpp"

#include "base/http.hpp"

namespace oidc::web {
namespace {

// "prefetch;prerender": the parts of a structured field, without the blanks.
bool has_part(std::string_view field, std::string_view part) {
    while (!field.empty()) {
        const std::size_t end = field.find_first_of(";, \t");
        if (base::equals_ignore_case(field.substr(0, end), part)) {
            return true;
        }
        field.remove_prefix(end == field.npos ? field.size() : end + 1);
    }
    return false;
}

// No script can claim this mode (Fetch 2.2.5); WebViews add X-Requested-With,
// and front ends Upgrade. A service worker that repeats a navigation has the
// destination "empty".
bool is_to_window(const RequestFacts& facts) {
    return facts.sec_fetch_mode == "navigate" &&
           (facts.sec_fetch_dest == "document" ||
            facts.sec_fetch_dest == "empty" || facts.sec_fetch_dest.empty());
}

// Of a browser without Fetch Metadata.
bool is_by_hand(const RequestFacts& facts) {
    return facts.x_requested_with.empty() && facts.upgrade.empty() &&
           (facts.sec_fetch_dest.empty() || facts.sec_fetch_dest == "document");
}

}  // namespace

bool is_navigation(const RequestFacts& facts) {
    const bool reads = facts.method == "GET" || facts.method == "HEAD";

    return reads &&
           (facts.sec_fetch_mode.empty() ? is_by_hand(facts)
                                         : is_to_window(facts)) &&
           base::prefers_html(facts.accept);
}

bool is_preflight(const RequestFacts& facts) {
    return facts.method == "OPTIONS" && !facts.origin.empty() &&
           !facts.access_control_request_method.empty() &&
           facts.authorization.empty() && facts.refresh_tokens.empty() &&
           !facts.has_body;
}

bool is_prefetch(const RequestFacts& facts) {
    return has_part(facts.sec_purpose, "prefetch") ||
           has_part(facts.sec_purpose, "prerender") ||
           has_part(facts.sec_purpose, "preview");
}

}  // namespace oidc::web
