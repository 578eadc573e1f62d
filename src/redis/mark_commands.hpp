// SPDX-License-Identifier: Apache-2.0
// What all nginx share beside sessions (`oidc_shared`): results that one of
// them has got, and who ends.
//
//   P:1:t:{K}  a result: what it is, and its bytes
//   P:1:f:{K}  who is about to get it
//   P:1:e:{K}  that somebody, or a session, has ended: what it is, since when,
//              until when
//
// K: a digest in base64url.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/protocol.hpp"

namespace redis {

// The first byte of a result.
enum class ResultKind : char {
    grant = 'g',
    refusal = 'r',
    state = 's',
    logout_token = 'j'
};

struct Result {
    ResultKind kind;
    std::int64_t until = 0;  // seconds since the epoch
    std::string bytes;
};

struct ResultNames {
    std::string result;
    std::string flight;
};
ResultNames result_names(std::string_view prefix, std::string_view digest);

// Times in milliseconds.
Commands take_flight(const ResultNames&, std::int64_t hold);
Commands end_flight(const ResultNames&);
Commands note_result(const ResultNames&, const Result&, std::int64_t lasts);
// In the replies to take_flight; absent: there is none.
std::optional<Result> noted_result(const Replies&);

struct Ended {
    char kind = 0;        // the caller's
    std::uint32_t place;  // of the provider among those of the caller
    std::int64_t at = 0;  // seconds since the epoch
    std::int64_t until = 0;
};
std::string ended_prefix(std::string_view prefix);
// Absent: it is another name.
std::optional<std::string_view> ended_digest(std::string_view prefix,
                                             std::string_view name);
Commands note_ended(std::string_view prefix, std::string_view digest,
                    const Ended&, std::int64_t lasts);
Commands load_ended(const std::vector<std::string>& names);
// In the order of the names; absent ones are none.
std::vector<std::optional<Ended>> loaded_ended(const Replies&);
// Some names of all, from `cursor` on ("0" at first).
Commands scan_ended(std::string_view prefix, std::string_view cursor);
struct Scanned {
    std::string cursor;  // "0": these were the last
    std::vector<std::string> names;
};
std::optional<Scanned> scanned(const Replies&);

}  // namespace redis
