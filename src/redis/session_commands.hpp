// SPDX-License-Identifier: Apache-2.0
// How sessions are kept in Redis: the commands, and what their replies mean.
//
//   P:1:s:{H}  hash: a field per generation with the sealed record, and `x` if
//              the session was ended. Its expiry is the end of the session.
//   P:1:l:{H}  who renews the session now
//   P:1:u:{S}  sorted set: the sessions of a subject, by their absolute end
//
// P is the prefix, 1 the number of this format, H and S digests in base64url.
// Braces make the first two lie in one slot of a cluster. A write that may be
// repeated has the same effect again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/protocol.hpp"

namespace redis {

// The names of one session.
struct SessionNames {
    std::string session;
    std::string lease;
};
SessionNames session_names(std::string_view prefix, std::string_view digest);
std::string subject_name(std::string_view prefix, std::string_view digest);
// What the names of all sessions begin with.
std::string sessions_prefix(std::string_view prefix);

// The digest in the name of a session; absent: it is another name.
std::optional<std::string_view> session_digest(std::string_view prefix,
                                               std::string_view name);

// Times in milliseconds.
Commands load_session(const SessionNames&);
Commands save_session(const SessionNames&, std::string_view bytes,
                      std::int64_t lasts);
// `generation` is the one that is replaced.
Commands replace_session(const SessionNames&, std::uint64_t generation,
                         std::string_view bytes, std::int64_t lasts);
// For `hold`, longer than any request takes that may be under way, the session
// is known to have ended.
Commands end_session(const SessionNames&, std::int64_t hold);
Commands touch_session(const SessionNames&, std::int64_t lasts);
// With what load_session asks: who begins to renew a session has to know it.
Commands take_lease(const SessionNames&, std::int64_t hold);
Commands release_lease(const SessionNames&);
// Notes a session of a subject, and asks which ones are too many, beyond
// `limit`.
Commands note_owned(const std::string& subject, std::string_view digest,
                    std::int64_t now, std::int64_t ends, unsigned limit);

// The sessions of a subject that end last.
Commands owned_sessions(const std::string& subject);

// What was stored; the greatest generation.
struct LoadedSession {
    std::uint64_t generation = 0;
    std::string bytes;
    std::int64_t lasts = 0;  // milliseconds
};

// Absent outside: an error, or nothing that this module has written. Absent
// inside: there is no such session, or it was ended.
std::optional<std::optional<LoadedSession>> loaded_session(const Replies&,
                                                           std::size_t from);
// Whether it is stored; absent: an error.
std::optional<bool> saved_session(const Replies&);
// False: another has replaced it, or it was ended; absent: an error.
std::optional<bool> replaced_session(const Replies&);
// Whether no reply is an error.
bool all_good(const Replies&);
// Whether the lease is ours; absent: an error.
std::optional<bool> took_lease(const Replies&);
struct OwnedSession {
    std::string digest;
    std::int64_t ends = 0;  // seconds since the epoch
};
// Absent: an error.
std::optional<std::vector<OwnedSession>> listed_sessions(const Replies&);
// The digests of the sessions that are too many.
std::vector<std::string> surplus_sessions(const Replies&);

}  // namespace redis
