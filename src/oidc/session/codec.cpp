// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/codec.hpp"

#include "base/byte_io.hpp"

namespace oidc::session {

namespace {

constexpr std::uint8_t kVersion = 3;

// The record's fields, once, in their order: `Visit` writes or reads them.
template <class AnyRecord, class Visit>
void each_field(AnyRecord& record, Visit visit) {
    visit(record.provider);
    visit(record.issuer);
    visit(record.sid);
    visit(record.claims);
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

struct Size {
    std::size_t& bytes;
    void operator()(const std::string& s) { bytes += 4 + s.size(); }
    void operator()(const base::Secret& s) { bytes += 4 + s.size(); }
    void operator()(base::Instant) { bytes += 8; }
};

struct Write {
    base::ByteWriter& to;
    void operator()(const std::string& s) { to.blob(s); }
    void operator()(const base::Secret& s) { to.blob(s.reveal()); }
    void operator()(base::Instant t) { to.i64(t.time_since_epoch().count()); }
};

struct Read {
    base::ByteReader& from;
    void operator()(std::string& s) { s = from.blob(); }
    void operator()(base::Secret& s) { s = base::Secret(from.blob()); }
    void operator()(base::Instant& t) { t = base::instant(from.i64()); }
};

}  // namespace

std::string encode(const Record& record) {
    std::size_t size = 1;
    base::ByteWriter writer;

    // Known beforehand, so that no copy of a token is left where the string
    // stood before it grew.
    each_field(record, Size{size});
    writer.bytes().reserve(size);
    writer.u8(kVersion);
    each_field(record, Write{writer});
    return std::move(writer.bytes());
}

base::Result<Record> decode(std::string_view bytes) {
    base::ByteReader reader(bytes);
    Record record;

    if (reader.u8() != kVersion) {
        return base::Errc::session_invalid;
    }
    each_field(record, Read{reader});
    if (!reader.ok() || !reader.at_end()) {
        return base::Errc::session_invalid;
    }
    return record;
}

}  // namespace oidc::session
