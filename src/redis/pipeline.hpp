// SPDX-License-Identifier: Apache-2.0
// One conversation with Redis: commands go out in order, replies come back in
// the same order. It neither reads nor writes a socket.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "redis/protocol.hpp"

namespace redis {

// Milliseconds of a clock that does not jump.
using Millis = std::uint64_t;

// What became of commands that belong together. Absent replies: the connection
// ended before.
using Answered = std::function<void(const Replies* replies)>;

class Pipeline {
public:
    // Commands that may be on their way at once.
    static constexpr std::size_t kMaxPending = 16 * 1024;

    // False: too many are on their way; `answered` is not called.
    bool ask(const Commands&, Millis now, Answered answered);
    // Says what has no reply of its own; false: out of memory.
    bool tell(const Command& command) { return append(output_, command); }
    // What is to be sent; the caller takes it.
    std::string& output() noexcept { return output_; }
    // Calls back for what is complete, and `unasked`, if there is one, for what
    // is no answer. False: this is not the protocol, or nobody has asked for
    // it; the connection has to be closed.
    bool feed(std::string_view bytes,
              const std::function<void(const Reply&)>& unasked = nullptr);
    // Calls back for what was asked before: its replies, which are still to
    // come, are then nobody's.
    void give_up(Millis asked_before);
    // Calls back for everything that was not answered.
    void close();

    // When the oldest commands without an answer were asked; 0: there are
    // none.
    Millis waiting_since() const noexcept {
        return asked_.empty() ? 0 : asked_.front().since;
    }
    bool is_waiting() const noexcept { return !asked_.empty(); }

private:
    struct Asked {
        std::size_t count;
        Millis since;
        Replies replies;
        Answered answered;
    };
    std::deque<Asked> asked_;
    std::string output_;
    ReplyReader reader_;
};

}  // namespace redis
