// SPDX-License-Identifier: Apache-2.0
// One HTTP request to a provider, as libcurl makes it.
#pragma once

#include <curl/curl.h>

#include "ngx/worker/fetch.hpp"
#include "ngx/worker/fetch_handle.hpp"

namespace ngx {

class CurlTransfer final : public Transfer, private CurlHandle {
public:
    // Of a reply with a body of `max` bytes at most.
    CurlTransfer(Receiver& receiver, Reach reach, std::size_t max)
        : receiver_(receiver), reach_(reach), max_bytes_(max) {}
    ~CurlTransfer() override;

    // False: no memory, or what libcurl does not take.
    bool prepare(const Outbound&, const oidc::Call&);
    bool add_to(CURLM*);

private:
    // Tells the receiver, which may destroy this object before that returns.
    void finish(CURLcode) noexcept override;
    bool set_request(const oidc::Call&);
    bool set_body(const oidc::Call&);
    bool set_transport(const Outbound&);
    bool set_reach();
    bool add_header(const std::string& line);
    oidc::ProviderReply reply_for(CURLcode);
    curl_socket_t open_socket(const curl_sockaddr&) noexcept;
    int connected(const char* address) noexcept;
    std::size_t body_wanted(char* to, std::size_t room);
    std::size_t body_arrived(const char*, std::size_t);
    std::size_t header_arrived(std::string_view line);

    template <class T>
    bool set(CURLoption option, T value) {
        return curl_easy_setopt(easy_, option, value) == CURLE_OK;
    }

    Receiver& receiver_;
    Reach reach_;
    std::size_t max_bytes_;
    std::size_t header_bytes_ = 0;
    CURL* easy_ = nullptr;
    CURLM* multi_ = nullptr;
    curl_slist* headers_ = nullptr;
    base::Secret body_;
    std::size_t body_taken_ = 0;
    long max_idle_ = 0;  // seconds
    oidc::ProviderReply reply_;
    bool too_large_ = false;
    bool refused_inner_ = false;
};

}  // namespace ngx
