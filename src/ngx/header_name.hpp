// SPDX-License-Identifier: Apache-2.0
// The name of a request header, and what nginx keeps beside it.
#pragma once

#include <string_view>

#include "ngx/ngx.hpp"

namespace ngx {

// A name, and what nginx keeps beside that of a line.
struct HeaderName {
    std::string_view name;
    std::string_view lower;
    ngx_uint_t hash;  // of `lower`
};
constexpr ngx_uint_t hash_of(std::string_view lower_name) noexcept {
    ngx_uint_t hash = 0;
    for (char c : lower_name) {
        hash = ngx_hash(hash, static_cast<u_char>(c));
    }
    return hash;
}
inline constexpr HeaderName kAuthorization{"Authorization", "authorization",
                                           hash_of("authorization")};

}  // namespace ngx
