// SPDX-License-Identifier: Apache-2.0
// The key by which a worker finds a session: the origin of the request and the
// cookie of the session. It consists of views into the request, so a look-up
// copies and parses nothing.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "oidc/policy.hpp"
#include "oidc/web/cookie_chunks.hpp"

namespace oidc::session {

// A session that is sealed for an origin or a domain (session_cookies.hpp)
// opens only there. Both follow from the provider, the scheme and the host,
// which are taken from the request unchanged.
class SessionCookieKey {
public:
    // `host` and `port` (with its colon, or "") follow one another in Facts.
    SessionCookieKey(const Provider&, std::string_view scheme,
                     std::string_view host, std::string_view port = {});

    // Each Cookie header field, in any order.
    void read(std::string_view line);
    // A cookie whose parts are joined, in place of what was read.
    std::span<const std::string_view> of(std::string_view cookie) noexcept;
    // Whether there was a cookie of a session at all.
    bool has_any() const noexcept;
    // Empty unless the request shows exactly one session, whole.
    std::span<const std::string_view> pieces() noexcept;

private:
    void note(std::string_view name, std::string_view value) noexcept;

    static constexpr std::size_t kPlace = 5;

    const Provider& provider_;
    bool prefixed_;  // by __Host-
    std::array<std::string_view, kPlace + web::kMaxChunks> pieces_;
    std::array<std::string_view, web::kMaxChunks> values_;
    std::array<unsigned, web::kMaxChunks> seen_{};
};

}  // namespace oidc::session
