// SPDX-License-Identifier: Apache-2.0
// A connection that libcurl resolves, opens and encrypts, and that carries
// another protocol than HTTP.
#pragma once

#include <curl/curl.h>

#include "ngx/worker/fetch_handle.hpp"
#include "ngx/worker/stream.hpp"

namespace ngx {

class CurlStream final : public Stream, private CurlHandle {
public:
    CurlStream(StreamUser& user, ngx_log_t* log) : user_(user), log_(log) {}
    ~CurlStream() override;

    // False: no memory, or what libcurl does not take.
    bool open(CURLM*, const RedisConf&, const RedisServer&);

    State read(std::string& to, std::size_t most) override;
    State write(std::string& from) override;

private:
    void finish(CURLcode) noexcept override;
    static void on_event(ngx_event_t*) noexcept;
    bool watch(curl_socket_t) noexcept;
    bool want_write(bool wanted) noexcept;

    template <class T>
    bool set(CURLoption option, T value) {
        return curl_easy_setopt(easy_, option, value) == CURLE_OK;
    }
    bool set_server(const RedisConf&, const RedisServer&);

    StreamUser& user_;
    ngx_log_t* log_;
    CURL* easy_ = nullptr;
    CURLM* multi_ = nullptr;
    curl_slist* connect_to_ = nullptr;
    ngx_connection_t* connection_ = nullptr;
};

}  // namespace ngx
