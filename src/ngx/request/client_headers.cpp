#include "ngx/request/client_headers.hpp"

#include <cstddef>

namespace ngx {

namespace {

// Room for the lines that are added, so that most requests need one part.
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

// nginx decodes them from Authorization, and keeps them.
void forget_user(ngx_http_headers_in_t& in) noexcept {
    ngx_str_null(&in.user);
    ngx_str_null(&in.passwd);
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

}  // namespace

const ngx_http_headers_in_t* save_request_headers(
    ngx_http_request_t* r) noexcept {
    auto* saved = static_cast<ngx_http_headers_in_t*>(
        ngx_palloc(r->pool, sizeof(ngx_http_headers_in_t)));
    if (saved != nullptr) {
        *saved = r->headers_in;
    }
    return saved;
}

// Only the lines: nginx has meanwhile changed other members, for example when
// it read the body.
void restore_request_headers(ngx_http_request_t* r,
                             const ngx_http_headers_in_t& saved) noexcept {
    r->headers_in.headers = saved.headers;
    each_known_header([&](ngx_uint_t offset) {
#if (!NGX_OIDC_LINKED_HEADERS)
        if (is_array(offset)) {
            member<ngx_array_t>(r->headers_in, offset) =
                member<ngx_array_t>(saved, offset);
            return;
        }
#endif
        member<ngx_table_elt_t*>(r->headers_in, offset) =
            member<ngx_table_elt_t*>(saved, offset);
    });
    forget_user(r->headers_in);
}

bool copy_request_headers(ngx_http_request_t* r) noexcept {
    const ngx_list_t sent = r->headers_in.headers;
    ngx_uint_t count = 0;
    for (const ngx_list_part_t* part = &sent.part; part; part = part->next) {
        count += part->nelts;
    }
    ngx_list_t& lines = r->headers_in.headers;
    if (ngx_list_init(&lines, r->pool, count + kAddedLines,
                      sizeof(ngx_table_elt_t)) != NGX_OK) {
        lines = sent;
        return false;
    }
    auto* copies = static_cast<ngx_table_elt_t*>(lines.part.elts);
    auto* to = reinterpret_cast<u_char*>(copies);
    for (const ngx_list_part_t* part = &sent.part; part; part = part->next) {
        to = ngx_cpymem(to, part->elts, part->nelts * sizeof(ngx_table_elt_t));
    }
    lines.part.nelts = count;
    forget_user(r->headers_in);
    return repoint(r, Copies(sent, copies));
}

}  // namespace ngx
