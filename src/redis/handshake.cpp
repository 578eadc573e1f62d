// SPDX-License-Identifier: Apache-2.0
#include "redis/handshake.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace redis {
namespace {

using Kind = Reply::Kind;

bool is_about_state(std::string_view word) {
    return word == "READONLY" || word == "LOADING" || word == "MASTERDOWN" ||
           word == "CLUSTERDOWN";
}

}  // namespace

Commands handshake(const Credentials& who) {
    Commands all;
    if (!who.password.empty()) {
        Command auth{"AUTH"};
        if (!who.username.empty()) {
            auth.push_back(who.username);
        }
        auth.emplace_back(who.password.reveal());
        all.push_back(std::move(auth));
    }
    if (who.database != 0) {
        all.push_back({"SELECT", std::to_string(who.database)});
    }
    all.push_back({"ROLE"});
    return all;
}

Greeting greeting(const Replies& replies) {
    for (const Reply& one : replies) {
        if (is_about_state(one.error_word())) {
            return Greeting::replica;
        }
        if (one.is_error()) {
            return Greeting::refused;
        }
    }
    if (replies.empty() || !replies.back().is(Kind::array) ||
        replies.back().items.empty()) {
        return Greeting::nonsense;
    }
    return replies.back().items.front().text == "master" ? Greeting::master
                                                         : Greeting::replica;
}

Commands ask_for_master(const std::string& name) {
    return {{"SENTINEL", "get-master-addr-by-name", name}};
}

std::optional<Address> master_address(const Replies& replies) {
    if (replies.size() != 1 || replies[0].items.size() != 2) {
        return std::nullopt;
    }
    const auto& [host, port] =
        std::tie(replies[0].items[0].text, replies[0].items[1].text);
    unsigned number = 0;
    const auto [end, error] =
        std::from_chars(port.data(), port.data() + port.size(), number);
    return host.empty() || error != std::errc() ||
                   end != port.data() + port.size() || number == 0 ||
                   number > 65535
               ? std::nullopt
               : std::optional(Address{host, number});
}

bool is_useless_server(const Replies& replies) {
    return std::ranges::any_of(replies, [](const Reply& one) {
        return is_about_state(one.error_word()) || one.error_word() == "NOAUTH";
    });
}

}  // namespace redis
