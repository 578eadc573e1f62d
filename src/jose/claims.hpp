// SPDX-License-Identifier: Apache-2.0
// The claims of a token (RFC 7519 4), and checks of single ones.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace jose {

inline constexpr std::size_t kMaxClaimsDepth = 16;

// A set of claims and the JSON text it was read from.
class Claims {
public:
    static base::Result<Claims> parse(std::string_view text) {
        return parse(base::json::Text(text));
    }
    static base::Result<Claims> parse(base::json::Text text);
    // Decodes the payload of a token, base64url.
    static base::Result<Claims> decode(std::string_view payload);

    std::string_view text() const noexcept { return document_.source(); }
    base::json::Value root() const noexcept { return document_.root(); }
    base::json::Value get(std::string_view name) const noexcept {
        return root().member(name);
    }
    // A non-empty string, else absent.
    std::optional<std::string_view> string(
        std::string_view name) const noexcept;
    // NumericDate, held within Instant's range; absent when missing or of
    // another type.
    std::optional<base::Instant> time(std::string_view name) const noexcept;
    // String, or array that holds the string (RFC 7519 4.1.3).
    bool holds(std::string_view name, std::string_view value) const noexcept;

private:
    explicit Claims(base::json::Document document) noexcept
        : document_(std::move(document)) {}
    base::json::Document document_;
};

// exp must be there; nbf may be; iat, if required, must be there and not
// further ahead than the leeway.
struct TimeRule {
    base::Seconds leeway{30};
    bool iat_required = false;
};
base::Status check_times(const Claims&, base::Instant now, const TimeRule&);

// iss is, byte for byte, one of the accepted ones.
base::Status check_issuer(const Claims&,
                          const std::vector<std::string>& accepted);

}  // namespace jose
