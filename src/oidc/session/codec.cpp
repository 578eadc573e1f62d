// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/codec.hpp"

#include "base/ascii.hpp"
#include "base/base64url.hpp"
#include "base/byte_io.hpp"

namespace oidc::session {

namespace {

constexpr std::uint8_t kVersion = 4;

// Parts of a compact JWS or JWE, and some more.
constexpr std::size_t kMaxTokenParts = 8;

// A token is stored as the bytes of its base64url parts, behind their number;
// or, behind 0, as it is.
constexpr std::uint8_t kTokenAsItIs = 0;

// The claims of most sessions are those of their ID token.
constexpr std::uint8_t kClaimsAsTheyAre = 0;
constexpr std::uint8_t kClaimsOfIdToken = 1;

// Gives each part of a token to `visit` until it says no.
template <class Visit>
bool each_part(std::string_view token, Visit visit) {
    for (;;) {
        const std::size_t dot = token.find('.');
        if (!visit(token.substr(0, dot))) {
            return false;
        }
        if (dot == token.npos) {
            return true;
        }
        token.remove_prefix(dot + 1);
    }
}

// 0 if some part is not base64url, which has one spelling for each value.
std::size_t count_parts(std::string_view token) {
    std::size_t parts = 0;
    const bool is_compact = each_part(token, [&](std::string_view part) {
        auto bytes = base::base64url_decode(part);
        parts++;
        if (!bytes) {
            return false;
        }
        base::wipe(bytes->data(), bytes->size());
        return parts <= kMaxTokenParts;
    });
    return is_compact ? parts : 0;
}

// Of tokens of another number of parts, most are short.
bool is_split(std::size_t parts) {
    return parts >= 2;
}

void write_token(base::ByteWriter& to, std::string_view token) {
    const std::size_t parts = count_parts(token);

    if (!is_split(parts)) {
        to.u8(kTokenAsItIs).blob(token);
        return;
    }
    to.u8(static_cast<std::uint8_t>(parts));
    each_part(token, [&](std::string_view part) {
        auto bytes = base::base64url_decode(part);
        to.blob(*bytes);
        base::wipe(bytes->data(), bytes->size());
        return true;
    });
}

// False unless it was written like this.
bool read_token(base::ByteReader& from, base::Secret& out) {
    const std::uint8_t parts = from.u8();
    std::string token;

    if (parts == kTokenAsItIs) {
        out = base::Secret(from.blob());
        return !is_split(count_parts(out.reveal()));
    }
    for (std::uint8_t i = 0; i < parts && from.ok(); i++) {
        std::string part = base::base64url_encode(from.blob());
        token.append(i == 0 ? "" : ".").append(part);
        base::wipe(part.data(), part.size());
    }
    out = base::Secret::take(token);
    return is_split(parts) && parts <= kMaxTokenParts;
}

// "" for what is no JWT.
std::string payload_of(const base::Secret& token) {
    std::string_view rest = token.reveal();
    base::take_until(rest, '.');
    auto payload = base::base64url_decode(base::take_until(rest, '.'));
    return payload ? std::move(*payload) : "";
}

// The record's fields but its claims, once, in their order: `Visit` writes or
// reads them.
template <class AnyRecord, class Visit>
void each_field(AnyRecord& record, Visit visit) {
    visit(record.id);
    visit(record.provider);
    visit(record.issuer);
    visit(record.sid);
    visit(record.userinfo);
    visit(record.scope);
    visit(record.id_token);
    visit(record.access_token);
    visit(record.refresh_token);
    visit(record.created);
    visit(record.expires);
    visit(record.last_used);
    visit(record.access_issued);
    visit(record.access_expires);
}

// At most.
struct Size {
    std::size_t& bytes;
    void operator()(const std::string& s) { bytes += 4 + s.size(); }
    void operator()(const base::Secret& s) {
        bytes += 1 + 4 * kMaxTokenParts + s.size();
    }
    void operator()(base::Instant) { bytes += 8; }
};

struct Write {
    base::ByteWriter& to;
    void operator()(const std::string& s) { to.blob(s); }
    void operator()(const base::Secret& s) { write_token(to, s.reveal()); }
    void operator()(base::Instant t) { to.i64(base::seconds(t)); }
};

struct Read {
    base::ByteReader& from;
    bool& ok;
    void operator()(std::string& s) { s = from.blob(); }
    void operator()(base::Secret& s) { ok = read_token(from, s) && ok; }
    void operator()(base::Instant& t) { t = base::instant(from.i64()); }
};

}  // namespace

std::string encode(const Record& record) {
    std::size_t size = 1 + 1 + 4 + record.claims.size();
    base::ByteWriter writer;

    // Known beforehand, so that no copy of a token is left where the string
    // stood before it grew.
    each_field(record, Size{size});
    writer.bytes().reserve(size);
    writer.u8(kVersion);
    each_field(record, Write{writer});
    if (!record.claims.empty() &&
        record.claims == payload_of(record.id_token)) {
        writer.u8(kClaimsOfIdToken);
    } else {
        writer.u8(kClaimsAsTheyAre).blob(record.claims);
    }
    return std::move(writer.bytes());
}

base::Result<Record> decode(std::string_view bytes) {
    base::ByteReader reader(bytes);
    Record record;

    bool ok = reader.u8() == kVersion;
    each_field(record, Read{reader, ok});
    const std::uint8_t claims = reader.u8();
    const std::string payload = payload_of(record.id_token);
    if (claims == kClaimsOfIdToken) {
        record.claims = payload;
        ok = ok && !payload.empty();
    } else {
        record.claims = reader.blob();
        ok = ok && claims == kClaimsAsTheyAre &&
             (payload.empty() || record.claims != payload);
    }
    return ok && reader.ok() && reader.at_end()
               ? base::Result<Record>(std::move(record))
               : base::Errc::session_invalid;
}

}  // namespace oidc::session
