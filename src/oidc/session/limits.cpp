// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/limits.hpp"

#include <algorithm>

namespace oidc::session {
namespace {

using base::Instant;
using base::Seconds;

// A cookie store's session is sealed anew when this part of its idle limit
// has gone by: no cookie with every answer, and never one too late.
constexpr int kSlides = 4;

}  // namespace

Instant absolute_end(const Provider& provider, const Record& record) {
    return std::min(
        record.expires,
        base::saturating_add(record.created, provider.session_timeout));
}

Instant idle_end(const Provider& provider, Instant last_used) {
    return provider.session_idle_timeout.count() <= 0
               ? Instant::max()
               : base::saturating_add(last_used, provider.session_idle_timeout);
}

Instant slide_due(const Provider& provider, Instant last_used) {
    const auto part = provider.session_idle_timeout / kSlides;

    return provider.session_idle_timeout.count() <= 0
               ? Instant::max()
               : base::saturating_add(last_used, std::max(part, Seconds{1}));
}

Instant refresh_from(const Provider& provider, const Record& record) {
    if (!provider.refresh || record.refresh_token.empty()) {
        return Instant::max();
    }
    const Seconds life = record.access_expires - record.access_issued;
    const Seconds before = std::clamp(provider.refresh_before, Seconds{0},
                                      std::max(life / 2, Seconds{0}));
    return std::max(
        base::saturating_add(record.access_issued, kMinRefreshInterval),
        base::saturating_add(record.access_expires, -before));
}

Instant tokens_until(const Provider& provider, const Record& record,
                     Instant now) {
    const Instant due = refresh_from(provider, record);

    return now < record.access_expires ? std::min(due, record.access_expires)
                                       : due;
}

}  // namespace oidc::session
