// SPDX-License-Identifier: Apache-2.0
// A connection to a server, with or without TLS, that does not block the
// worker.
#pragma once

#include <string>
#include <string_view>

#include "ngx/conf/conf.hpp"

namespace ngx {

// Told from the event loop, never from within a call of the stream. The stream
// may be destroyed by it.
class StreamUser {
public:
    virtual void opened() noexcept = 0;
    // Bytes may be there, or there may be room for bytes.
    virtual void readable() noexcept = 0;
    virtual void writable() noexcept = 0;
    virtual void failed(const char* why) noexcept = 0;  // while it was opened

protected:
    ~StreamUser() = default;
};

class Stream {
public:
    virtual ~Stream() = default;
    enum class State { good, busy, ended };
    // Appends what has arrived, at most `most` bytes.
    virtual State read(std::string& to, std::size_t most) = 0;
    // Removes what was sent; `busy`: the rest is for later.
    virtual State write(std::string& from) = 0;
};

}  // namespace ngx
