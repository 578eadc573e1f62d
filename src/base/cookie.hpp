// SPDX-License-Identifier: Apache-2.0
// The Cookie and Set-Cookie header fields (RFC 6265bis), byte for byte.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace base {

struct CookiePair {
    std::string_view name;
    std::string_view value;
};

// The pairs of one Cookie header: split at ";" alone; SP and HTAB trimmed;
// quotes and "$Version" mean nothing. At most kMaxCookies are read.
inline constexpr std::size_t kMaxCookies = 512;
void each_cookie(std::string_view header,
                 const std::function<void(CookiePair)>& visit);

// `header` without the cookies that `own` names; the others keep their bytes
// and order. Absent when none was there; "" when none is left.
std::optional<std::string> strip_cookies(
    std::string_view header,
    const std::function<bool(std::string_view name)>& own);

// Whether a cookie with this path is sent to a request's (RFC 6265 5.1.4).
bool cookie_path_covers(std::string_view cookie_path,
                        std::string_view path) noexcept;

enum class SameSite { unset, lax, strict, none };

struct CookieAttributes {
    std::string path = "/";
    std::string domain = {};  // "" for none
    SameSite same_site = SameSite::lax;
    bool secure = true;
    Seconds max_age{0};  // 0: until the browser ends
};

// HttpOnly always. A value that is not all cookie-octets is a programming
// error and gives "".
std::string set_cookie(std::string_view name, std::string_view value,
                       const CookieAttributes&);
// Same attributes, empty value, Max-Age=0, so that browsers obey.
std::string expire_cookie(std::string_view name, const CookieAttributes&);

}  // namespace base
