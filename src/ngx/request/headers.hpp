// SPDX-License-Identifier: Apache-2.0
// Changes the header lines of requests and responses.
#pragma once

#include "ngx/header_name.hpp"
#include "ngx/ngx.hpp"

namespace ngx {

// All lines of a request header, in order; names compared without case.
template <class Visit>
void each_header(const ngx_list_t& list, Visit visit) {
    for (ngx_list_part_t* part = const_cast<ngx_list_part_t*>(&list.part); part;
         part = part->next) {
        auto* lines = static_cast<ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            visit(lines[i]);
        }
    }
}

// Compares names without case. Few lines have the length, and only those are
// read. Lines of the response have no lowcase_key.
inline bool has_key(const ngx_table_elt_t& line,
                    std::string_view lower_name) noexcept {
    return line.key.len == lower_name.size() &&
           ngx_strncasecmp(
               line.key.data,
               reinterpret_cast<u_char*>(const_cast<char*>(lower_name.data())),
               lower_name.size()) == 0;
}

// Most lines of a request have their name in lower case, too.
inline bool has_lower_key(const ngx_table_elt_t& line,
                          std::string_view lower_name) noexcept {
    return line.key.len == lower_name.size() && line.lowcase_key != nullptr &&
           ngx_memcmp(line.lowcase_key, lower_name.data(), lower_name.size()) ==
               0;
}

// Like has_key, for lines of the request.
inline bool is_named(const ngx_table_elt_t& line,
                     std::string_view lower_name) noexcept {
    return has_lower_key(line, lower_name) || has_key(line, lower_name);
}

// Compares names of one length with "_", "." and "-" taken for the same
// character, as some upstreams do.
bool folds_to(const ngx_table_elt_t&, std::string_view lower_name) noexcept;

inline bool is_like(const ngx_table_elt_t& line,
                    std::string_view lower_name) noexcept {
    return line.key.len == lower_name.size() &&
           (has_lower_key(line, lower_name) || folds_to(line, lower_name));
}

// Whether there is any Cookie line, without a look at all the others.
bool has_cookies(const ngx_http_request_t*) noexcept;

// Marks Cookie lines without a value as removed; nginx does not know them any
// more. Their places are used for the next lines that are added. drop_vacant
// removes the remaining ones, and must be called before other code reads the
// lines.
void vacate_empty_cookies(ngx_http_request_t*);
void drop_vacant(ngx_http_request_t*);

// Removes every line like `name`, and adds one unless the value is empty. Both
// outlive the request.
bool set_request_header(ngx_http_request_t*, const HeaderName&,
                        std::string_view value);
void remove_request_header(ngx_http_request_t*, std::string_view name);

// nullptr when there is no memory. The name outlives the request.
ngx_table_elt_t* add_response_header(ngx_http_request_t*, std::string_view name,
                                     std::string_view value);

}  // namespace ngx
