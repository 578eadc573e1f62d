// SPDX-License-Identifier: Apache-2.0
// The header lines that the client sent judge the request; an upstream gets to
// see changed ones. After an internal redirect the client's are there again,
// for this module and for all others.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// The lines of a request, and nginx's pointers to those that it knows.
struct SavedHeaders;

// Saves the lines as they are now. nullptr: out of memory.
const SavedHeaders* save_request_headers(ngx_http_request_t*) noexcept;
void restore_request_headers(ngx_http_request_t*, const SavedHeaders&) noexcept;

// Gives a subrequest lines of its own: otherwise a change reaches its
// parent's. False: out of memory.
bool copy_request_headers(ngx_http_request_t*) noexcept;

// The user that nginx has decoded from Authorization ($remote_user).
void forget_user(ngx_http_headers_in_t&) noexcept;

}  // namespace ngx
