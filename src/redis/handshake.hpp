// SPDX-License-Identifier: Apache-2.0
// What is said first on a connection to Redis.
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"
#include "redis/protocol.hpp"

namespace redis {

struct Credentials {
    std::string username;   // "": the default user
    base::Secret password;  // empty: none
    unsigned database = 0;
};

// AUTH if there is a password, SELECT if it is not database 0; then ROLE, which
// tells a master.
Commands handshake(const Credentials&);

enum class Greeting {
    master,
    replica,  // or not ready: another server has to be asked
    refused,  // the password, or what the user may do
    nonsense
};
Greeting greeting(const Replies&);

// Asks a Sentinel for the address of a master.
Commands ask_for_master(const std::string& name);
struct Address {
    std::string host;
    unsigned port = 0;
};
// Absent: it does not know one.
std::optional<Address> master_address(const Replies&);

// Whether a reply says that the server cannot be used any more.
bool is_useless_server(const Replies&);

}  // namespace redis
