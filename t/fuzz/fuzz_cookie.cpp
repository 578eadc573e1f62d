// SPDX-License-Identifier: Apache-2.0
// A Cookie header: stripping takes our own cookies out and leaves the others
// as they are; no Set-Cookie of ours can be split.

#include <string>

#include "base/cookie.hpp"
#include "base/http.hpp"
#include "hold.hpp"

namespace {

bool own(std::string_view name) {
    return name.starts_with("__Host-");
}

// The pairs one after the other, behind their lengths.
std::string pairs(std::string_view header, bool with_own) {
    std::string all;

    base::each_cookie(header, [&](base::CookiePair pair) {
        if (with_own || !own(pair.name)) {
            all += std::to_string(pair.name.size()) + ":";
            all += std::string(pair.name) + std::to_string(pair.value.size());
            all += ":" + std::string(pair.value);
        }
    });
    return all;
}

void check_set_cookie(std::string_view input) {
    const std::size_t half = input.size() / 2;
    const std::string_view name = input.substr(0, half);
    const std::string header = base::set_cookie(name, input.substr(half), {});

    if (!header.empty()) {
        hold(base::is_header_safe(header));
        hold(header.starts_with(name));
        std::size_t seen = 0;
        base::each_cookie(header, [&](base::CookiePair pair) {
            hold(seen != 0 ||
                 (pair.name == name && pair.value == input.substr(half)));
            seen++;
        });
        hold(seen == 5);  // itself, Path, Secure, HttpOnly, SameSite
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const std::string_view header = text_of(data, size);
    const auto stripped = base::strip_cookies(header, own);
    const std::string kept = stripped.value_or(std::string(header));
    std::size_t count = 0;

    base::each_cookie(header, [&](base::CookiePair) { count++; });
    hold(count <= base::kMaxCookies);
    hold(kept.size() <= header.size());
    base::each_cookie(kept,
                      [](base::CookiePair pair) { hold(!own(pair.name)); });
    if (count < base::kMaxCookies) {
        hold(pairs(kept, true) == pairs(header, false));
        hold((kept == header) == (pairs(header, true) == pairs(header, false)));
    }
    hold(!base::strip_cookies(kept, own));
    check_set_cookie(header);
    return 0;
}
