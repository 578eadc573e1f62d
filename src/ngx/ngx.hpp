// SPDX-License-Identifier: Apache-2.0
// Includes nginx's headers, and hides the differences between its versions.
#pragma once

extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
}

#include <string>
#include <string_view>

// 1.23.0: header lines of one name are linked lists, no arrays.
#define NGX_OIDC_LINKED_HEADERS (nginx_version >= 1023000)

extern "C" ngx_module_t ngx_http_auth_oidc_module;

namespace ngx {

inline std::string_view view(const ngx_str_t& s) noexcept {
    return {reinterpret_cast<const char*>(s.data), s.len};
}

// For calls that want an ngx_str_t and do not write into it.
inline ngx_str_t borrow(std::string_view s) noexcept {
    return {s.size(),
            const_cast<u_char*>(reinterpret_cast<const u_char*>(s.data()))};
}

inline bool is_alnum(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

// A copy in the pool; data is nullptr when there is no memory.
inline ngx_str_t copy(ngx_pool_t* pool, std::string_view s) noexcept {
    ngx_str_t out{s.size(), nullptr};
    out.data = static_cast<u_char*>(ngx_pnalloc(pool, s.size() + 1));
    if (out.data) {
        *ngx_cpymem(out.data, s.data(), s.size()) = '\0';
    }
    return out;
}

}  // namespace ngx
