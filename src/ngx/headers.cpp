#include "ngx/headers.hpp"

namespace ngx {

namespace {

u_char fold(u_char c) noexcept {
    return c == '_' || c == '.' ? '-' : static_cast<u_char>(ngx_tolower(c));
}

// Where each kept line has moved to.
class Moves {
public:
    explicit Moves(ngx_http_request_t* r) : r_(r) {}

    bool run(bool (*doomed)(const ngx_table_elt_t&, const void*),
             const void* data) {
        ngx_list_t kept;
        if (ngx_list_init(&kept, r_->pool, 20, sizeof(ngx_table_elt_t)) !=
            NGX_OK) {
            return false;
        }
        bool ok = true;
        each_header(r_->headers_in.headers, [&](ngx_table_elt_t& line) {
            if (ok && !doomed(line, data)) {
                auto* to = static_cast<ngx_table_elt_t*>(ngx_list_push(&kept));
                ok = to != nullptr;
                if (ok) {
                    *to = line;
                    // The old line is out of use: it tells where it went.
                    line.lowcase_key = nullptr;
                    line.key.data = reinterpret_cast<u_char*>(to);
                }
            } else if (ok) {
                line.lowcase_key = nullptr;
                line.key.data = nullptr;
            }
        });
        if (!ok) {
            return false;
        }
        r_->headers_in.headers = kept;
        // A list of one part refers to itself.
        if (kept.last == &kept.part) {
            r_->headers_in.headers.last = &r_->headers_in.headers.part;
        }
        repoint();
        return true;
    }

private:
    static ngx_table_elt_t* moved(ngx_table_elt_t* line) {
        return line ? reinterpret_cast<ngx_table_elt_t*>(line->key.data)
                    : nullptr;
    }

    template <class T>
    T& member(ngx_uint_t offset) {
        return *reinterpret_cast<T*>(reinterpret_cast<char*>(&r_->headers_in) +
                                     offset);
    }

#if (NGX_OIDC_LINKED_HEADERS)
    // The first kept line of a chain, with its followers linked.
    static ngx_table_elt_t* moved_chain(ngx_table_elt_t* line) {
        ngx_table_elt_t* first = nullptr;
        ngx_table_elt_t** link = &first;
        for (; line; line = line->next) {
            if (ngx_table_elt_t* to = moved(line)) {
                *link = to;
                link = &to->next;
            }
        }
        *link = nullptr;
        return first;
    }
    void repoint() {
        for (ngx_http_header_t* h = ngx_http_headers_in; h->name.len; ++h) {
            if (h->offset) {
                auto& slot = member<ngx_table_elt_t*>(h->offset);
                slot = moved_chain(slot);
            }
        }
    }
#else
    static bool is_array(const ngx_http_header_t& h) {
        return view(h.name) == "Cookie" || view(h.name) == "X-Forwarded-For";
    }
    void repoint() {
        for (ngx_http_header_t* h = ngx_http_headers_in; h->name.len; ++h) {
            if (h->offset == 0) {
                continue;
            }
            if (is_array(*h)) {
                repoint_array(member<ngx_array_t>(h->offset));
            } else {
                auto& slot = member<ngx_table_elt_t*>(h->offset);
                slot = moved(slot);
            }
        }
    }
    static void repoint_array(ngx_array_t& array) {
        auto** lines = static_cast<ngx_table_elt_t**>(array.elts);
        ngx_uint_t kept = 0;
        for (ngx_uint_t i = 0; i < array.nelts; ++i) {
            if (ngx_table_elt_t* to = moved(lines[i])) {
                lines[kept++] = to;
            }
        }
        array.nelts = kept;
    }
#endif

    ngx_http_request_t* r_;
};

// The same name, in whatever case.
bool is_spelt(const ngx_table_elt_t& line, std::string_view name) noexcept {
    return ngx_strncasecmp(
               line.key.data,
               reinterpret_cast<u_char*>(const_cast<char*>(name.data())),
               name.size()) == 0;
}

bool add_request_header(ngx_http_request_t* r, std::string_view name,
                        std::string_view value) {
    auto* line =
        static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_in.headers));
    auto* lower = static_cast<u_char*>(ngx_pnalloc(r->pool, name.size() + 1));
    if (line == nullptr || lower == nullptr) {
        return false;
    }
    ngx_memzero(line, sizeof *line);
    line->key = borrow(name);
    line->lowcase_key = lower;
    line->hash = ngx_hash_strlow(lower, line->key.data, line->key.len);
    line->value = borrow(value);
    if (is_named(*line, "authorization")) {
        r->headers_in.authorization = line;
    }
    return true;
}

}  // namespace

bool is_like(const ngx_table_elt_t& line,
             std::string_view lower_name) noexcept {
    if (line.key.len != lower_name.size()) {
        return false;
    }
    for (std::size_t i = 0; i < lower_name.size(); ++i) {
        if (fold(line.key.data[i]) !=
            fold(static_cast<u_char>(lower_name[i]))) {
            return false;
        }
    }
    return true;
}

bool has_cookies(const ngx_http_request_t* r) noexcept {
#if (NGX_OIDC_LINKED_HEADERS)
    return r->headers_in.cookie != nullptr;
#else
    return r->headers_in.cookies.nelts != 0;
#endif
}

bool remove_headers(ngx_http_request_t* r,
                    bool (*doomed)(const ngx_table_elt_t&, const void*),
                    const void* data) {
    bool any = false;
    each_header(r->headers_in.headers, [&](const ngx_table_elt_t& line) {
        any = any || doomed(line, data);
    });
    return !any || Moves(r).run(doomed, data);
}

bool set_request_header(ngx_http_request_t* r, std::string_view name,
                        std::string_view value) {
    auto like = [](const ngx_table_elt_t& line, const void* data) {
        return is_like(line, *static_cast<const std::string_view*>(data));
    };
    ngx_table_elt_t* line = nullptr;
    unsigned lines = 0;
    each_header(r->headers_in.headers, [&](ngx_table_elt_t& one) {
        if (is_like(one, name)) {
            line = &one;
            lines++;
        }
    });
    // The only one keeps its place, when nginx knows it by the same name.
    const bool stays = lines == 1 && !value.empty() && is_spelt(*line, name);
    if (lines != 0 && !stays && !remove_headers(r, like, &name)) {
        return false;
    }
    if (stays) {
        line->value = borrow(value);
        return true;
    }
    return value.empty() || add_request_header(r, name, value);
}

ngx_table_elt_t* add_response_header(ngx_http_request_t* r,
                                     std::string_view name,
                                     std::string_view value) {
    auto* line =
        static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    if (line == nullptr) {
        return nullptr;
    }
    ngx_memzero(line, sizeof *line);
    line->key = borrow(name);
    line->value = copy(r->pool, value);
    if (line->value.data == nullptr) {
        return nullptr;
    }
    line->hash = 1;
    return line;
}

}  // namespace ngx
