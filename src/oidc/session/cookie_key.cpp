// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/cookie_key.hpp"

#include <algorithm>

#include "base/cookie.hpp"
#include "oidc/session/store.hpp"
#include "oidc/web/own_cookies.hpp"

namespace oidc::session {
namespace {

// No scheme, no host and no cookie holds it.
constexpr std::string_view kEnd("\0", 1);

}  // namespace

SessionCookieKey::SessionCookieKey(const Provider& provider,
                                   std::string_view scheme,
                                   std::string_view host, std::string_view port)
    : provider_(provider),
      prefixed_(web::is_host_bound(provider, scheme)),
      pieces_{scheme, kEnd, host, port, kEnd} {
}

void SessionCookieKey::note(std::string_view name,
                            std::string_view value) noexcept {
    std::size_t chunk = 0;

    if (!name.empty()) {
        if (name.size() != 2 || name[0] != '_' || name[1] < '1' ||
            name[1] >= static_cast<char>('0' + web::kMaxChunks)) {
            return;
        }
        chunk = static_cast<std::size_t>(name[1] - '0');
    }
    values_[chunk] = value;
    seen_[chunk]++;
}

void SessionCookieKey::read(std::string_view line) {
    base::each_cookie(line, [&](base::CookiePair pair) {
        std::string_view name = pair.name;
        if (prefixed_) {
            if (!name.starts_with(web::kHostPrefix)) {
                return;
            }
            name.remove_prefix(web::kHostPrefix.size());
        }
        if (name.starts_with(provider_.cookie.name)) {
            name.remove_prefix(provider_.cookie.name.size());
            note(name, pair.value);
        }
    });
}

std::span<const std::string_view> SessionCookieKey::of(
    std::string_view cookie) noexcept {
    pieces_[kPlace] = cookie;
    return std::span(pieces_).first(kPlace + 1);
}

bool SessionCookieKey::has_any() const noexcept {
    return std::ranges::any_of(seen_, [](unsigned n) { return n != 0; });
}

std::span<const std::string_view> SessionCookieKey::pieces() noexcept {
    auto parts = values_;
    const std::size_t count = store_of(provider_).arrange(parts, seen_);

    std::copy_n(parts.begin(), count, pieces_.begin() + kPlace);
    return std::span(pieces_).first(count == 0 ? 0 : kPlace + count);
}

}  // namespace oidc::session
