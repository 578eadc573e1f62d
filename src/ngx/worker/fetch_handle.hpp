// SPDX-License-Identifier: Apache-2.0
// What the transfers and streams of libcurl have in common.
#pragma once

#include <curl/curl.h>

#include "ngx/conf/conf.hpp"

namespace ngx {

// An easy handle in the multi handle, which tells it that it has finished.
class CurlHandle {
public:
    virtual void finish(CURLcode) noexcept = 0;

protected:
    ~CurlHandle() = default;
};

// How the other end is verified.
bool set_trust(CURL*, const Outbound&);

}  // namespace ngx
