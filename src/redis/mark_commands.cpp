// SPDX-License-Identifier: Apache-2.0
#include "redis/mark_commands.hpp"

#include "base/byte_io.hpp"

namespace redis {
namespace {

using Kind = Reply::Kind;

constexpr std::string_view kFormat = ":1:";
constexpr const char* kScanned = "1000";  // names at once, about

std::string name(std::string_view prefix, std::string_view kind,
                 std::string_view digest) {
    return std::string(prefix)
        .append(kFormat)
        .append(kind)
        .append(":{")
        .append(digest)
        .append("}");
}

bool is_kind(char c) noexcept {
    switch (static_cast<ResultKind>(c)) {
        case ResultKind::grant:
        case ResultKind::refusal:
        case ResultKind::state:
        case ResultKind::logout_token:
            return true;
    }
    return false;
}

std::optional<Ended> read_ended(const Reply& reply) {
    if (!reply.is(Kind::string)) {
        return std::nullopt;
    }
    base::ByteReader in(reply.text);
    Ended out;
    out.kind = static_cast<char>(in.u8());
    out.place = in.u32();
    out.at = in.i64();
    out.until = in.i64();
    return in.ok() && in.at_end() ? std::optional(out) : std::nullopt;
}

}  // namespace

ResultNames result_names(std::string_view prefix, std::string_view digest) {
    return {name(prefix, "t", digest), name(prefix, "f", digest)};
}

Commands take_flight(const ResultNames& names, std::int64_t hold) {
    return {{"SET", names.flight, "1", "NX", "PX", std::to_string(hold)},
            {"GET", names.result}};
}

Commands end_flight(const ResultNames& names) {
    return {{"DEL", names.flight}};
}

Commands note_result(const ResultNames& names, const Result& result,
                     std::int64_t lasts) {
    base::ByteWriter value;
    value.u8(static_cast<std::uint8_t>(result.kind))
        .i64(result.until)
        .blob(result.bytes);
    return {{"SET", names.result, value.bytes(), "PX", std::to_string(lasts)}};
}

std::optional<Result> noted_result(const Replies& replies) {
    if (replies.size() != 2 || !replies[1].is(Kind::string)) {
        return std::nullopt;
    }
    base::ByteReader in(replies[1].text);
    const auto kind = static_cast<char>(in.u8());
    const std::int64_t until = in.i64();
    const std::string_view bytes = in.blob();
    if (!in.ok() || !in.at_end() || !is_kind(kind)) {
        return std::nullopt;
    }
    return Result{static_cast<ResultKind>(kind), until, std::string(bytes)};
}

std::string ended_prefix(std::string_view prefix) {
    return std::string(prefix).append(kFormat).append("e:");
}

std::optional<std::string_view> ended_digest(std::string_view prefix,
                                             std::string_view name) {
    const std::string head = ended_prefix(prefix) + "{";
    if (!name.starts_with(head) || !name.ends_with('}')) {
        return std::nullopt;
    }
    name.remove_prefix(head.size());
    name.remove_suffix(1);
    return name;
}

Commands note_ended(std::string_view prefix, std::string_view digest,
                    const Ended& ended, std::int64_t lasts) {
    base::ByteWriter value;
    value.u8(static_cast<std::uint8_t>(ended.kind))
        .u32(ended.place)
        .i64(ended.at)
        .i64(ended.until);
    return {{"SET", name(prefix, "e", digest), value.bytes(), "PX",
             std::to_string(lasts)}};
}

Commands load_ended(const std::vector<std::string>& names) {
    Commands out;
    for (const std::string& one : names) {
        out.push_back({"GET", one});
    }
    return out;
}

std::vector<std::optional<Ended>> loaded_ended(const Replies& replies) {
    std::vector<std::optional<Ended>> out;
    for (const Reply& one : replies) {
        out.push_back(read_ended(one));
    }
    return out;
}

Commands scan_ended(std::string_view prefix, std::string_view cursor) {
    return {{"SCAN", std::string(cursor), "MATCH", ended_prefix(prefix) + "*",
             "COUNT", kScanned}};
}

std::optional<Scanned> scanned(const Replies& replies) {
    if (replies.size() != 1 || replies[0].items.size() != 2 ||
        !replies[0].items[0].is(Kind::string) ||
        !replies[0].items[1].is(Kind::array)) {
        return std::nullopt;
    }
    Scanned out{replies[0].items[0].text, {}};
    for (const Reply& one : replies[0].items[1].items) {
        if (one.is(Kind::string)) {
            out.names.push_back(one.text);
        }
    }
    return out;
}

}  // namespace redis
