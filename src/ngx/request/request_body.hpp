// SPDX-License-Identifier: Apache-2.0
// Reads the body of a request to an address of the module, before a location is
// chosen.
#pragma once

#include <optional>

#include "base/secret.hpp"
#include "ngx/ngx.hpp"

namespace ngx {

// Whether the request says itself that its body has more bytes.
bool is_longer(ngx_http_request_t*, std::size_t limit) noexcept;
// Whether it was read already, by whomever, or thrown away.
bool has_body(ngx_http_request_t*) noexcept;

// Reads it whole, into memory as long as that is sane. The result is what a
// handler of the rewrite phase returns; when the body is here the phases are
// run again. nginx answers 413 to more than the limit, 408 to silence.
ngx_int_t read_body(ngx_http_request_t*, std::size_t limit);

// The body; absent if it exceeds the limit or is not available.
std::optional<base::Secret> body_of(ngx_http_request_t*, std::size_t limit);

}  // namespace ngx
