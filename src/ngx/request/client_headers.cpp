// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/client_headers.hpp"

#include <cstddef>

namespace ngx {

namespace {

// Room for the lines that are added, so that most subrequests need one part.
constexpr ngx_uint_t kAddedLines = 4;

template <class T>
T& member(ngx_http_headers_in_t& in, ngx_uint_t offset) noexcept {
    return *reinterpret_cast<T*>(reinterpret_cast<char*>(&in) + offset);
}

template <class T>
const T& member(const ngx_http_headers_in_t& in, ngx_uint_t offset) noexcept {
    return *reinterpret_cast<const T*>(reinterpret_cast<const char*>(&in) +
                                       offset);
}

template <class Visit>
void each_known_header(Visit visit) noexcept {
    for (const ngx_http_header_t* h = ngx_http_headers_in; h->name.len; ++h) {
        if (h->offset != 0) {
            visit(h->offset);
        }
    }
}

#if (!NGX_OIDC_LINKED_HEADERS)
bool is_array(ngx_uint_t offset) noexcept {
    return offset == offsetof(ngx_http_headers_in_t, cookies)
#if (NGX_HTTP_X_FORWARDED_FOR)
           || offset == offsetof(ngx_http_headers_in_t, x_forwarded_for)
#endif
        ;
}
#endif

ngx_uint_t count_lines(const ngx_list_t& list) noexcept {
    ngx_uint_t count = 0;
    for (const ngx_list_part_t* part = &list.part; part; part = part->next) {
        count += part->nelts;
    }
    return count;
}

// Copies all lines one behind the other; the end of the copies.
ngx_table_elt_t* copy_lines(const ngx_list_t& list,
                            ngx_table_elt_t* to) noexcept {
    for (const ngx_list_part_t* part = &list.part; part; part = part->next) {
        ngx_memcpy(to, part->elts, part->nelts * sizeof(ngx_table_elt_t));
        to += part->nelts;
    }
    return to;
}

// Where the copies of the lines are.
class Copies {
public:
    Copies(const ngx_list_t& original, ngx_table_elt_t* copies) noexcept
        : original_(original), copies_(copies) {}

    // The line itself when it is not in the list.
    ngx_table_elt_t* of(ngx_table_elt_t* line) const noexcept {
        ngx_table_elt_t* copies = copies_;
        for (const ngx_list_part_t* part = &original_.part; part;
             part = part->next) {
            auto* lines = static_cast<ngx_table_elt_t*>(part->elts);
            if (line >= lines && line < lines + part->nelts) {
                return copies + (line - lines);
            }
            copies += part->nelts;
        }
        return line;
    }

private:
    const ngx_list_t& original_;
    ngx_table_elt_t* copies_;
};

#if (NGX_OIDC_LINKED_HEADERS)
bool repoint(ngx_http_request_t* r, const Copies& copies) noexcept {
    each_known_header([&](ngx_uint_t offset) {
        for (auto** link = &member<ngx_table_elt_t*>(r->headers_in, offset);
             *link != nullptr; link = &(*link)->next) {
            *link = copies.of(*link);
        }
    });
    return true;
}
#else
bool repoint_array(ngx_http_request_t* r, ngx_array_t& array,
                   const Copies& copies) noexcept {
    if (array.nelts == 0) {
        return true;
    }
    auto** lines = static_cast<ngx_table_elt_t**>(
        ngx_palloc(r->pool, array.nelts * sizeof(ngx_table_elt_t*)));
    if (lines == nullptr) {
        return false;
    }
    auto* const* sent = static_cast<ngx_table_elt_t**>(array.elts);
    for (ngx_uint_t i = 0; i < array.nelts; ++i) {
        lines[i] = copies.of(sent[i]);
    }
    array.elts = lines;
    array.nalloc = array.nelts;
    return true;
}

bool repoint(ngx_http_request_t* r, const Copies& copies) noexcept {
    bool ok = true;
    each_known_header([&](ngx_uint_t offset) {
        if (is_array(offset)) {
            auto& array = member<ngx_array_t>(r->headers_in, offset);
            ok = repoint_array(r, array, copies) && ok;
            return;
        }
        auto& line = member<ngx_table_elt_t*>(r->headers_in, offset);
        line = line ? copies.of(line) : nullptr;
    });
    return ok;
}
#endif

#if (!NGX_OIDC_LINKED_HEADERS)
// Their members are moved when a line is taken out.
bool copy_array(ngx_http_request_t* r, ngx_array_t& array) noexcept {
    if (array.nelts == 0) {
        return true;
    }
    void* copied = ngx_palloc(r->pool, array.nelts * array.size);
    if (copied != nullptr) {
        ngx_memcpy(copied, array.elts, array.nelts * array.size);
        array.elts = copied;
        array.nalloc = array.nelts;
    }
    return copied != nullptr;
}
#endif

}  // namespace

struct SavedHeaders {
    struct Part {
        ngx_list_part_t* at;
        ngx_list_part_t was;
    };
    ngx_http_headers_in_t in;
    ngx_table_elt_t* lines;  // of all parts
    Part* parts;
    ngx_uint_t part_count;
};

const SavedHeaders* save_request_headers(ngx_http_request_t* r) noexcept {
    ngx_list_t& list = r->headers_in.headers;
    ngx_uint_t parts = 0;
    for (const ngx_list_part_t* part = &list.part; part; part = part->next) {
        ++parts;
    }
    const std::size_t size = sizeof(SavedHeaders) +
                             parts * sizeof(SavedHeaders::Part) +
                             count_lines(list) * sizeof(ngx_table_elt_t);
    auto* saved = static_cast<SavedHeaders*>(ngx_palloc(r->pool, size));
    if (saved == nullptr) {
        return nullptr;
    }
    saved->parts = reinterpret_cast<SavedHeaders::Part*>(saved + 1);
    saved->lines = reinterpret_cast<ngx_table_elt_t*>(saved->parts + parts);
    saved->in = r->headers_in;
    saved->part_count = 0;
    for (ngx_list_part_t* part = &list.part; part; part = part->next) {
        saved->parts[saved->part_count++] = {part, *part};
    }
    copy_lines(list, saved->lines);
#if (!NGX_OIDC_LINKED_HEADERS)
    if (!copy_array(r, saved->in.cookies)) {
        return nullptr;
    }
#if (NGX_HTTP_X_FORWARDED_FOR)
    if (!copy_array(r, saved->in.x_forwarded_for)) {
        return nullptr;
    }
#endif
#endif
    return saved;
}

// Only the lines: nginx has meanwhile changed other members, for example when
// it read the body.
void restore_request_headers(ngx_http_request_t* r,
                             const SavedHeaders& saved) noexcept {
    const ngx_table_elt_t* from = saved.lines;
    r->headers_in.headers = saved.in.headers;
    for (ngx_uint_t i = 0; i < saved.part_count; ++i) {
        const ngx_list_part_t& was = saved.parts[i].was;
        *saved.parts[i].at = was;
        ngx_memcpy(was.elts, from, was.nelts * sizeof(ngx_table_elt_t));
        from += was.nelts;
    }
    each_known_header([&](ngx_uint_t offset) {
#if (!NGX_OIDC_LINKED_HEADERS)
        if (is_array(offset)) {
            member<ngx_array_t>(r->headers_in, offset) =
                member<ngx_array_t>(saved.in, offset);
            return;
        }
#endif
        member<ngx_table_elt_t*>(r->headers_in, offset) =
            member<ngx_table_elt_t*>(saved.in, offset);
    });
    forget_user(r->headers_in);
}

bool copy_request_headers(ngx_http_request_t* r) noexcept {
    const ngx_list_t parents = r->headers_in.headers;
    ngx_list_t& lines = r->headers_in.headers;
    if (ngx_list_init(&lines, r->pool, count_lines(parents) + kAddedLines,
                      sizeof(ngx_table_elt_t)) != NGX_OK) {
        lines = parents;
        return false;
    }
    auto* copies = static_cast<ngx_table_elt_t*>(lines.part.elts);
    lines.part.nelts =
        static_cast<ngx_uint_t>(copy_lines(parents, copies) - copies);
    return repoint(r, Copies(parents, copies));
}

void forget_user(ngx_http_headers_in_t& in) noexcept {
    ngx_str_null(&in.user);
    ngx_str_null(&in.passwd);
}

}  // namespace ngx
