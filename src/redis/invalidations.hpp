// SPDX-License-Identifier: Apache-2.0
// What a connection hears that is told of each change of a key: it has asked
// for tracking, redirected to itself, which works with RESP2, too.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/protocol.hpp"

namespace redis {

// The way to be told: first the number of the connection, then everything.
Commands ask_number();
std::optional<std::int64_t> number(const Replies&);
Commands listen(std::int64_t number, const std::vector<std::string>& prefixes);

struct Heard {
    enum class What { changed, all_changed, pong, listening, other } what;
    std::vector<std::string> names;  // of what has changed
};
Heard heard(const Reply&);

}  // namespace redis
