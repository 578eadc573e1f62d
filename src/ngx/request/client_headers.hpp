// The header lines that the client sent stay as they are: what an upstream is
// sent is changed on a copy. After an internal redirect the request is judged
// by the client's lines again, by this module and by all others.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

// The request's lines, and nginx's pointers to those it knows, as they are
// now. nullptr: out of memory.
const ngx_http_headers_in_t* save_request_headers(ngx_http_request_t*) noexcept;
void restore_request_headers(ngx_http_request_t*,
                             const ngx_http_headers_in_t& saved) noexcept;

// Gives the request a copy of its lines. Without it, a change reaches the
// saved lines, and those of a subrequest reach its parent's. False: out of
// memory.
bool copy_request_headers(ngx_http_request_t*) noexcept;

}  // namespace ngx
