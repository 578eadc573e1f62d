// SPDX-License-Identifier: Apache-2.0
#include "redis/session_commands.hpp"

#include <algorithm>
#include <charconv>

namespace redis {
namespace {

using Kind = Reply::Kind;

constexpr std::string_view kEnded = "x";  // a field of a session's hash
constexpr std::string_view kFormat = ":1:";
constexpr const char* kListed = "-1000";  // from there to the last one

std::string number(auto n) {
    return std::to_string(n);
}

std::string text(std::string_view bytes) {
    return std::string(bytes);
}

std::optional<std::uint64_t> as_generation(std::string_view field) {
    std::uint64_t n = 0;
    const auto [end, error] =
        std::from_chars(field.data(), field.data() + field.size(), n);
    return error == std::errc() && end == field.data() + field.size() && n != 0
               ? std::optional(n)
               : std::nullopt;
}

}  // namespace

SessionNames session_names(std::string_view prefix, std::string_view digest) {
    const std::string tail = "{" + text(digest) + "}";
    const std::string head = text(prefix) + text(kFormat);
    return {head + "s:" + tail, head + "l:" + tail};
}

std::string subject_name(std::string_view prefix, std::string_view digest) {
    return text(prefix) + text(kFormat) + "u:{" + text(digest) + "}";
}

std::string sessions_prefix(std::string_view prefix) {
    return text(prefix) + text(kFormat) + "s:";
}

std::optional<std::string_view> session_digest(std::string_view prefix,
                                               std::string_view name) {
    const std::string head = sessions_prefix(prefix) + "{";
    if (!name.starts_with(head) || !name.ends_with('}')) {
        return std::nullopt;
    }
    name.remove_prefix(head.size());
    name.remove_suffix(1);
    return name;
}

Commands load_session(const SessionNames& names) {
    return {{"HGETALL", names.session}, {"PTTL", names.session}};
}

Commands save_session(const SessionNames& names, std::string_view bytes,
                      std::int64_t lasts) {
    return {{"HSETNX", names.session, "1", text(bytes)},
            {"PEXPIRE", names.session, number(lasts)}};
}

// The lease ends with what it was for.
Commands replace_session(const SessionNames& names, std::uint64_t generation,
                         std::string_view bytes, std::int64_t lasts) {
    return {{"MULTI"},
            {"HSETNX", names.session, number(generation + 1), text(bytes)},
            {"HEXISTS", names.session, text(kEnded)},
            {"PEXPIRE", names.session, number(lasts)},
            {"EXEC"},
            {"HDEL", names.session, number(generation)},
            {"DEL", names.lease}};
}

Commands end_session(const SessionNames& names, std::int64_t hold) {
    return {{"MULTI"},
            {"DEL", names.session},
            {"HSET", names.session, text(kEnded), "1"},
            {"PEXPIRE", names.session, number(hold)},
            {"EXEC"}};
}

Commands touch_session(const SessionNames& names, std::int64_t lasts) {
    return {{"PEXPIRE", names.session, number(lasts)}};
}

Commands take_lease(const SessionNames& names, std::int64_t hold) {
    Commands all = load_session(names);
    all.insert(all.begin(),
               {"SET", names.lease, "1", "NX", "PX", number(hold)});
    return all;
}

Commands release_lease(const SessionNames& names) {
    return {{"DEL", names.lease}};
}

Commands note_owned(const std::string& subject, std::string_view digest,
                    std::int64_t now, std::int64_t ends, unsigned limit) {
    return {{"ZREMRANGEBYSCORE", subject, "-inf", number(now)},
            {"ZADD", subject, number(ends), text(digest)},
            {"PEXPIRE", subject, number(std::max(ends - now, std::int64_t{1}))},
            {"ZRANGE", subject, "0", "-" + number(std::int64_t{limit} + 1)}};
}

Commands owned_sessions(const std::string& subject) {
    return {{"ZRANGE", subject, kListed, "-1", "WITHSCORES"}};
}

std::optional<std::optional<LoadedSession>> loaded_session(
    const Replies& replies, std::size_t from) {
    if (replies.size() != from + 2 || !replies[from].is(Kind::array) ||
        !replies[from + 1].is(Kind::integer)) {
        return std::nullopt;
    }
    const auto& fields = replies[from].items;
    LoadedSession found;
    bool was_ended = false;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        if (!fields[i].is(Kind::string) || !fields[i + 1].is(Kind::string)) {
            return std::nullopt;
        }
        was_ended = was_ended || fields[i].text == kEnded;
        const auto generation = as_generation(fields[i].text);
        if (generation && *generation > found.generation) {
            found.generation = *generation;
            found.bytes = fields[i + 1].text;
        }
    }
    found.lasts = replies[from + 1].integer;
    // Without an expiry it is none of ours, or its writer has died before it
    // set one.
    if (was_ended || found.generation == 0 || found.lasts <= 0) {
        return std::optional<LoadedSession>();
    }
    return found;
}

std::optional<bool> saved_session(const Replies& replies) {
    if (replies.size() != 2 || !replies[0].is(Kind::integer) ||
        !replies[1].is(Kind::integer)) {
        return std::nullopt;
    }
    return replies[1].integer == 1;
}

std::optional<bool> replaced_session(const Replies& replies) {
    if (replies.size() != 7 || !replies[4].is(Kind::array) ||
        replies[4].items.size() != 3) {
        return std::nullopt;
    }
    const auto& done = replies[4].items;
    for (const Reply& one : done) {
        if (!one.is(Kind::integer)) {
            return std::nullopt;
        }
    }
    return done[0].integer == 1 && done[1].integer == 0;
}

bool all_good(const Replies& replies) {
    return std::ranges::none_of(
        replies, [](const Reply& one) { return one.is_error(); });
}

std::optional<bool> took_lease(const Replies& replies) {
    if (replies.empty() || !(replies[0].is_ok() || replies[0].is(Kind::nil))) {
        return std::nullopt;
    }
    return replies[0].is_ok();
}

std::optional<std::vector<OwnedSession>> listed_sessions(
    const Replies& replies) {
    if (replies.size() != 1 || !replies[0].is(Kind::array)) {
        return std::nullopt;
    }
    const auto& all = replies[0].items;
    std::vector<OwnedSession> out;
    for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
        const auto ends = all[i + 1].is(Kind::string)
                              ? as_generation(all[i + 1].text)
                              : std::nullopt;
        if (!all[i].is(Kind::string) || !ends) {
            return std::nullopt;
        }
        out.push_back({all[i].text, static_cast<std::int64_t>(*ends)});
    }
    return out;
}

std::vector<std::string> surplus_sessions(const Replies& replies) {
    std::vector<std::string> out;
    if (replies.size() == 4 && replies[3].is(Kind::array)) {
        for (const Reply& one : replies[3].items) {
            if (one.is(Kind::string)) {
                out.push_back(one.text);
            }
        }
    }
    return out;
}

}  // namespace redis
