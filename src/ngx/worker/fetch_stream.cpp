// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/fetch_stream.hpp"

#include "crypto/error_queue.hpp"
#include "ngx/guard.hpp"

namespace ngx {

namespace {

curl_blob blob_of(std::string_view bytes) {
    return {const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_COPY};
}

}  // namespace

CurlStream::~CurlStream() {
    if (connection_) {
        for (ngx_event_t* event : {connection_->read, connection_->write}) {
            if (event->active) {
                ngx_del_event(
                    event, event->write ? NGX_WRITE_EVENT : NGX_READ_EVENT, 0);
            }
            if (event->posted) {
                ngx_delete_posted_event(event);
            }
        }
        ngx_free_connection(connection_);
        connection_->fd = static_cast<ngx_socket_t>(-1);
    }
    if (easy_) {
        if (multi_) {
            curl_multi_remove_handle(multi_, easy_);
        }
        curl_easy_cleanup(easy_);
        crypto::forget_errors();
    }
    curl_slist_free_all(connect_to_);
}

// libcurl is told of an HTTP server, to which it then says nothing.
bool CurlStream::set_server(const RedisConf& conf, const RedisServer& server) {
    const std::string& name =
        conf.ssl_name.empty() ? server.host : conf.ssl_name;
    const bool is_ipv6 = name.find(':') != std::string::npos;
    const std::string url = std::string(conf.ssl ? "https://" : "http://") +
                            (is_ipv6 ? "[" + name + "]" : name) + ":" +
                            std::to_string(server.port) + "/";
    bool ok = set(CURLOPT_URL, url.c_str());
    if (!server.path.empty()) {
        ok = ok && set(CURLOPT_UNIX_SOCKET_PATH, server.path.c_str());
    } else if (name != server.host) {
        const bool is_address = server.host.find(':') != std::string::npos;
        connect_to_ = curl_slist_append(
            nullptr,
            ("::" + (is_address ? "[" + server.host + "]" : server.host) + ":" +
             std::to_string(server.port))
                .c_str());
        ok = ok && connect_to_ && set(CURLOPT_CONNECT_TO, connect_to_);
    }
    return ok;
}

bool CurlStream::open(CURLM* multi, const RedisConf& conf,
                      const RedisServer& server) {
    easy_ = curl_easy_init();
    bool ok =
        easy_ && set_server(conf, server) && set_trust(easy_, conf.outbound) &&
        set(CURLOPT_NOSIGNAL, 1L) && set(CURLOPT_CONNECT_ONLY, 1L) &&
        set(CURLOPT_FRESH_CONNECT, 1L) && set(CURLOPT_PROXY, "") &&
        set(CURLOPT_PROTOCOLS_STR, "http,https") &&
        set(CURLOPT_SSL_ENABLE_ALPN, 0L) && set(CURLOPT_TCP_KEEPALIVE, 1L) &&
        set(CURLOPT_CONNECTTIMEOUT_MS,
            static_cast<long>(conf.outbound.connect_timeout)) &&
        set(CURLOPT_PRIVATE,
            static_cast<void*>(static_cast<CurlHandle*>(this)));
    if (ok && !conf.certificate.empty()) {
        curl_blob certificate = blob_of(conf.certificate);
        curl_blob key = blob_of(conf.certificate_key.reveal());
        ok = set(CURLOPT_SSLCERT_BLOB, &certificate) &&
             set(CURLOPT_SSLKEY_BLOB, &key);
    }
    if (!ok || curl_multi_add_handle(multi, easy_) != CURLM_OK) {
        return false;
    }
    multi_ = multi;
    return true;
}

// The handle stays in the multi handle, where libcurl finds its connection.
void CurlStream::finish(CURLcode code) noexcept {
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (code != CURLE_OK) {
        user_.failed(curl_easy_strerror(code));
    } else if (curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &fd) !=
                   CURLE_OK ||
               !watch(fd)) {
        user_.failed("no connection of nginx is free");
    } else {
        user_.opened();
    }
}

bool CurlStream::watch(curl_socket_t fd) noexcept {
    ngx_connection_t* c = ngx_get_connection(fd, log_);
    if (c == nullptr) {
        return false;
    }
    connection_ = c;
    c->data = this;
    c->log = log_;
    for (ngx_event_t* event : {c->read, c->write}) {
        event->handler = on_event;
        event->log = log_;
    }
    return ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) == NGX_OK;
}

void CurlStream::on_event(ngx_event_t* event) noexcept {
    auto* c = static_cast<ngx_connection_t*>(event->data);
    auto* self = static_cast<CurlStream*>(c->data);
    if (event->write) {
        self->user_.writable();
    } else {
        self->user_.readable();
    }
}

bool CurlStream::want_write(bool wanted) noexcept {
    ngx_event_t* event = connection_->write;
    if (wanted == static_cast<bool>(event->active)) {
        return true;
    }
    return (wanted ? ngx_add_event(event, NGX_WRITE_EVENT, NGX_LEVEL_EVENT)
                   : ngx_del_event(event, NGX_WRITE_EVENT, 0)) == NGX_OK;
}

// Until nothing is left: the library keeps bytes that it has decrypted, of
// which epoll does not know.
Stream::State CurlStream::read(std::string& to, std::size_t most) {
    char buffer[16 * 1024];
    std::size_t all = 0;
    while (all < most) {
        std::size_t n = 0;
        const CURLcode code = curl_easy_recv(easy_, buffer, sizeof buffer, &n);
        crypto::forget_errors();
        if (code == CURLE_AGAIN) {
            return State::good;
        }
        if (code != CURLE_OK || n == 0) {
            return State::ended;
        }
        to.append(buffer, n);
        all += n;
    }
    return State::busy;
}

Stream::State CurlStream::write(std::string& from) {
    std::size_t sent = 0;
    State state = State::good;
    while (sent < from.size()) {
        std::size_t n = 0;
        const CURLcode code =
            curl_easy_send(easy_, from.data() + sent, from.size() - sent, &n);
        crypto::forget_errors();
        if (code != CURLE_OK) {
            state = code == CURLE_AGAIN ? State::busy : State::ended;
            break;
        }
        sent += n;
    }
    from.erase(0, sent);
    if (state != State::ended && !want_write(state == State::busy)) {
        return State::ended;
    }
    return state;
}

}  // namespace ngx
