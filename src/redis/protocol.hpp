// SPDX-License-Identifier: Apache-2.0
// The protocol of Redis (RESP2): commands to bytes, bytes to replies.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/reply.hpp"

namespace redis {

using Command = std::vector<std::string>;
using Commands = std::vector<Command>;

// What has arrived of a reply that is not complete. The largest reply is that
// about one session, or a list of ended ones.
inline constexpr std::size_t kMaxReplyBytes = 4 * 1024 * 1024;

// False: out of memory.
bool append(std::string& out, const Command&);

// Reads replies from a stream of bytes.
class ReplyReader {
public:
    ReplyReader();
    ~ReplyReader();
    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;

    void feed(std::string_view bytes);
    // Absent: more bytes are needed, or the stream is broken.
    std::optional<Reply> next();
    // What arrived is not the protocol, or too long. It stays broken.
    bool is_broken() const noexcept { return is_broken_; }

private:
    struct Library;
    std::unique_ptr<Library> library_;
    std::size_t pending_ = 0;  // bytes since the last complete reply
    bool is_broken_ = false;
};

}  // namespace redis
