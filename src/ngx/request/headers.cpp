// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/headers.hpp"

#include <cstddef>

namespace ngx {

namespace {

u_char fold(u_char c) noexcept {
    return c == '_' || c == '.' ? '-' : static_cast<u_char>(ngx_tolower(c));
}

// Takes lines out of one part of the list: those behind them move up, and
// nginx's own pointers to any of them follow.
class Removal {
public:
    Removal(ngx_http_request_t* r, ngx_list_part_t& part)
        : r_(r),
          part_(part),
          begin_(static_cast<ngx_table_elt_t*>(part.elts)),
          end_(begin_ + part.nelts) {}

    // Many lines are removed in several rounds.
    template <class Doomed>
    void run(Doomed doomed) {
        do {
            count_ = 0;
            for (auto* line = begin_; line < end_ && count_ < kMost; ++line) {
                if (doomed(*line)) {
                    gone_[count_++] = line;
                }
            }
            if (count_ != 0) {
                repoint();
                close_up();
            }
        } while (count_ == kMost);
    }

private:
    static constexpr std::size_t kMost = 16;

    // The new place of a line; nullptr: it is removed. Most lines stay before
    // the first removed one.
    ngx_table_elt_t* moved(ngx_table_elt_t* line) const {
        if (line < gone_[0] || line >= end_) {
            return line;
        }
        std::ptrdiff_t before = 0;
        for (std::size_t i = 0; i < count_ && gone_[i] <= line; ++i) {
            if (gone_[i] == line) {
                return nullptr;
            }
            ++before;
        }
        return line - before;
    }

    void close_up() {
        ngx_table_elt_t* to = gone_[0];
        std::size_t next = 0;
        for (auto* line = gone_[0]; line < end_; ++line) {
            if (next < count_ && line == gone_[next]) {
                ++next;
            } else {
                *to++ = *line;
            }
        }
        end_ = to;
        part_.nelts = static_cast<ngx_uint_t>(end_ - begin_);
    }

    template <class T>
    T& member(ngx_uint_t offset) {
        return *reinterpret_cast<T*>(reinterpret_cast<char*>(&r_->headers_in) +
                                     offset);
    }

#if (NGX_OIDC_LINKED_HEADERS)
    // The first kept line of a chain, with its followers linked.
    ngx_table_elt_t* moved_chain(ngx_table_elt_t* line) const {
        ngx_table_elt_t* first = nullptr;
        ngx_table_elt_t** link = &first;
        for (; line; line = line->next) {
            if (ngx_table_elt_t* to = moved(line)) {
                *link = to;
                link = &line->next;  // moves up with the line
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
    static bool is_array(ngx_uint_t offset) {
        return offset == offsetof(ngx_http_headers_in_t, cookies)
#if (NGX_HTTP_X_FORWARDED_FOR)
               || offset == offsetof(ngx_http_headers_in_t, x_forwarded_for)
#endif
            ;
    }
    void repoint() {
        for (ngx_http_header_t* h = ngx_http_headers_in; h->name.len; ++h) {
            if (h->offset == 0) {
                continue;
            }
            if (is_array(h->offset)) {
                repoint_array(member<ngx_array_t>(h->offset));
            } else {
                auto& slot = member<ngx_table_elt_t*>(h->offset);
                slot = moved(slot);
            }
        }
    }
    void repoint_array(ngx_array_t& array) {
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
    ngx_list_part_t& part_;
    ngx_table_elt_t* begin_;
    ngx_table_elt_t* end_;
    ngx_table_elt_t* gone_[kMost];
    std::size_t count_ = 0;
};

// nginx takes the first line of a part for granted.
void drop_empty_parts(ngx_list_t& list) {
    ngx_list_part_t* part = &list.part;
    while (ngx_list_part_t* next = part->next) {
        if (next->nelts != 0) {
            part = next;
            continue;
        }
        part->next = next->next;
        if (list.last == next) {
            list.last = part;
        }
    }
}

bool is_vacant(const ngx_table_elt_t& line) noexcept {
    return line.key.len == 0;
}

// Takes the lines out for which `doomed` holds, so that neither upstreams
// nor variables see them.
template <class Doomed>
void remove_headers(ngx_http_request_t* r, Doomed doomed) {
    ngx_list_t& lines = r->headers_in.headers;
    for (ngx_list_part_t* part = &lines.part; part; part = part->next) {
        Removal(r, *part).run(doomed);
    }
    drop_empty_parts(lines);
}

// Takes the place of `vacant`, unless that is null.
bool add_request_header(ngx_http_request_t* r, ngx_table_elt_t* vacant,
                        const HeaderName& name, std::string_view value) {
    ngx_table_elt_t* line = vacant ? vacant
                                   : static_cast<ngx_table_elt_t*>(
                                         ngx_list_push(&r->headers_in.headers));
    if (line == nullptr) {
        return false;
    }
    ngx_memzero(line, sizeof *line);
    line->key = borrow(name.name);
    line->lowcase_key = borrow(name.lower).data;
    line->hash = name.hash;
    line->value = borrow(value);
    if (name.lower == kAuthorization.lower) {
        r->headers_in.authorization = line;
    }
    return true;
}

bool is_empty_cookie(const ngx_table_elt_t& line) {
    return line.value.len == 0 && is_named(line, "cookie");
}

// nginx's own list of the Cookie lines, without the empty ones.
#if (NGX_OIDC_LINKED_HEADERS)
void forget_empty_cookies(ngx_http_headers_in_t& in) {
    ngx_table_elt_t** link = &in.cookie;
    while (ngx_table_elt_t* line = *link) {
        if (line->value.len == 0) {
            *link = line->next;
        } else {
            link = &line->next;
        }
    }
}
#else
void forget_empty_cookies(ngx_http_headers_in_t& in) {
    auto** lines = static_cast<ngx_table_elt_t**>(in.cookies.elts);
    ngx_uint_t kept = 0;
    for (ngx_uint_t i = 0; i < in.cookies.nelts; ++i) {
        if (lines[i]->value.len != 0) {
            lines[kept++] = lines[i];
        }
    }
    in.cookies.nelts = kept;
}
#endif

}  // namespace

bool folds_to(const ngx_table_elt_t& line,
              std::string_view lower_name) noexcept {
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

void vacate_empty_cookies(ngx_http_request_t* r) {
    forget_empty_cookies(r->headers_in);
    each_header(r->headers_in.headers, [](ngx_table_elt_t& line) {
        if (is_empty_cookie(line)) {
            ngx_memzero(&line, sizeof line);
        }
    });
}

void drop_vacant(ngx_http_request_t* r) {
    bool has_any = false;
    each_header(r->headers_in.headers, [&](const ngx_table_elt_t& line) {
        has_any = has_any || is_vacant(line);
    });
    if (has_any) {
        remove_headers(r, is_vacant);
    }
}

bool set_request_header(ngx_http_request_t* r, const HeaderName& name,
                        std::string_view value) {
    ngx_table_elt_t* like = nullptr;
    ngx_table_elt_t* vacant = nullptr;
    unsigned lines = 0;
    each_header(r->headers_in.headers, [&](ngx_table_elt_t& line) {
        if (is_vacant(line)) {
            vacant = &line;
        } else if (is_like(line, name.lower)) {
            like = &line;
            lines++;
        }
    });
    // A single line keeps its place if nginx knows it by the same name.
    const bool stays =
        lines == 1 && !value.empty() && has_key(*like, name.lower);
    if (stays) {
        like->value = borrow(value);
        return true;
    }
    if (lines != 0) {
        remove_request_header(r, name.lower);
        vacant = nullptr;  // has moved
    }
    return value.empty() || add_request_header(r, vacant, name, value);
}

void remove_request_header(ngx_http_request_t* r, std::string_view name) {
    remove_headers(
        r, [&](const ngx_table_elt_t& line) { return is_like(line, name); });
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
