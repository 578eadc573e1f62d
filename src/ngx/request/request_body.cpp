// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/request_body.hpp"

#include <algorithm>

namespace ngx {

namespace {

// The limits of the location belong to the application, and the module's own
// replace them while the body is read. The former are stored behind the latter,
// because nginx reads them again after the memory of the request is gone.
bool set_limits(ngx_http_request_t* r, std::size_t limit) {
    auto** confs = static_cast<void**>(
        ngx_palloc(r->pool, sizeof(void*) * (ngx_http_max_module + 1)));
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_palloc(r->pool, sizeof(ngx_http_core_loc_conf_t)));
    if (confs == nullptr || core == nullptr) {
        return false;
    }
    std::copy_n(r->loc_conf, ngx_http_max_module, confs);
    *core = *static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    core->client_max_body_size = static_cast<off_t>(limit);
    core->client_body_buffer_size = 2 * limit;
    core->client_body_in_file_only = 0;
    confs[ngx_http_core_module.ctx_index] = core;
    confs[ngx_http_max_module] = r->loc_conf;
    r->loc_conf = confs;
    r->request_body_in_file_only = 0;
    r->request_body_in_persistent_file = 0;
    return true;
}

void go_on(ngx_http_request_t* r) noexcept {
    r->loc_conf = static_cast<void**>(r->loc_conf[ngx_http_max_module]);
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}

// Many small chunks may have filled the buffer and gone into a file.
bool append(std::string& body, const ngx_buf_t& buf) {
    if (ngx_buf_in_memory(&buf)) {
        body.append(reinterpret_cast<const char*>(buf.pos),
                    static_cast<std::size_t>(buf.last - buf.pos));
        return true;
    }
    if (!buf.in_file) {
        return true;
    }
    const auto size = static_cast<std::size_t>(buf.file_last - buf.file_pos);
    const std::size_t before = body.size();
    body.resize(before + size);
    const ssize_t read = ngx_read_file(
        buf.file, reinterpret_cast<u_char*>(&body[before]), size, buf.file_pos);
    return read == static_cast<ssize_t>(size);
}

}  // namespace

bool is_longer(ngx_http_request_t* r, std::size_t limit) noexcept {
    return r->headers_in.content_length_n > static_cast<off_t>(limit);
}

bool has_body(ngx_http_request_t* r) noexcept {
    return r->request_body != nullptr || r->discard_body;
}

ngx_int_t read_body(ngx_http_request_t* r, std::size_t limit) {
    if (!set_limits(r, limit)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    const ngx_int_t rc = ngx_http_read_client_request_body(r, go_on);
    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }
    // Releases the reference that reading took; the request may be gone
    // afterwards.
    ngx_http_finalize_request(r, NGX_DONE);
    return NGX_DONE;
}

std::optional<base::Secret> body_of(ngx_http_request_t* r, std::size_t limit) {
    std::string body;
    if (is_longer(r, limit) || r->request_body == nullptr) {
        return std::nullopt;
    }
    body.reserve(limit);
    for (ngx_chain_t* link = r->request_body->bufs; link; link = link->next) {
        const ngx_buf_t& buf = *link->buf;
        const off_t size = ngx_buf_size(&buf);
        if (body.size() + static_cast<std::size_t>(size) > limit ||
            !append(body, buf)) {
            base::wipe(body.data(), body.size());
            return std::nullopt;
        }
    }
    return base::Secret::take(body);
}

}  // namespace ngx
