// SPDX-License-Identifier: Apache-2.0
// What Redis may say, in pieces: nothing is taken for a session that was not
// stored as one.

#include "hold.hpp"
#include "redis/handshake.hpp"
#include "redis/invalidations.hpp"
#include "redis/pipeline.hpp"
#include "redis/session_commands.hpp"

namespace {

void check(const redis::Replies& replies) {
    for (std::size_t from = 0; from < 2; from++) {
        const auto found = redis::loaded_session(replies, from);
        if (found && *found) {
            hold((*found)->generation > 0 && (*found)->lasts > 0);
            hold(redis::all_good(replies));
        }
    }
    if (const auto won = redis::replaced_session(replies); won && *won) {
        hold(replies[4].items[0].integer == 1);
    }
    if (redis::took_lease(replies) == true) {
        hold(replies[0].is_ok());
    }
    static_cast<void>(redis::saved_session(replies));
    static_cast<void>(redis::surplus_sessions(replies));
    static_cast<void>(redis::is_useless_server(replies));
    if (redis::greeting(replies) == redis::Greeting::master) {
        hold(redis::all_good(replies));
    }
}

}  // namespace

// The first byte says into which pieces the rest is cut, and how many replies
// belong together.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::size_t piece = 1 + data[0] % 16;
    const std::size_t together = 1 + data[0] / 16 % 8;
    std::string_view rest = text_of(data, size).substr(1);
    redis::Pipeline pipeline;
    unsigned answered = 0;
    for (unsigned i = 0; i < 4; i++) {
        hold(pipeline.ask(redis::Commands(together, redis::Command{"PING"}), 1,
                          [&](const redis::Replies* replies) {
                              answered++;
                              if (replies) {
                                  hold(replies->size() == together);
                                  check(*replies);
                              }
                          }));
    }
    while (!rest.empty()) {
        if (!pipeline.feed(rest.substr(0, piece), [](const redis::Reply& news) {
                static_cast<void>(redis::heard(news));
            })) {
            break;
        }
        rest.remove_prefix(std::min(piece, rest.size()));
    }
    pipeline.close();
    hold(answered == 4);
    return 0;
}
