// SPDX-License-Identifier: Apache-2.0
#include "redis/invalidations.hpp"

namespace redis {
namespace {

using Kind = Reply::Kind;
using What = Heard::What;

constexpr std::string_view kChannel = "__redis__:invalidate";

}  // namespace

Commands ask_number() {
    return {{"CLIENT", "ID"}};
}

std::optional<std::int64_t> number(const Replies& replies) {
    return replies.size() == 1 && replies[0].is(Kind::integer)
               ? std::optional(replies[0].integer)
               : std::nullopt;
}

Commands listen(std::int64_t number, const std::vector<std::string>& prefixes) {
    Command tracking{
        "CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(number),
        "BCAST"};
    for (const std::string& prefix : prefixes) {
        tracking.insert(tracking.end(), {"PREFIX", prefix});
    }
    return {std::move(tracking), {"SUBSCRIBE", std::string(kChannel)}};
}

Heard heard(const Reply& reply) {
    const auto& items = reply.items;
    if (!reply.is(Kind::array) || items.empty()) {
        return {What::other, {}};
    }
    if (items[0].text == "pong") {
        return {What::pong, {}};
    }
    if (items[0].text == "subscribe") {
        return {What::listening, {}};
    }
    if (items.size() != 3 || items[0].text != "message" ||
        items[1].text != kChannel) {
        return {What::other, {}};
    }
    if (items[2].is(Kind::nil)) {  // the whole database was emptied
        return {What::all_changed, {}};
    }
    Heard out{What::changed, {}};
    for (const Reply& name : items[2].items) {
        out.names.push_back(name.text);
    }
    return out;
}

}  // namespace redis
