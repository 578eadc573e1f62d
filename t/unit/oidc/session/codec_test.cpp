// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/codec.hpp"

#include <gtest/gtest.h>

#include "base/byte_io.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {
namespace {

session::Record sample() {
    session::Record record;
    record.provider = "cognito";
    record.issuer = "https://idp.test/pool";
    record.sid = "a session of the provider's";
    record.claims = R"({"sub":"a","name":"\u0000"})";
    record.userinfo = std::string("with\0NUL", 8);
    record.scope = "openid email";
    record.id_token = base::Secret("id");
    record.access_token = base::Secret(std::string(2000, 'x'));
    record.created = base::instant(1);
    record.expires = base::instant(std::int64_t{1} << 40);
    record.last_used = base::instant(-5);
    record.access_issued = base::instant(1'790'000'100);
    record.access_expires = base::Instant::max();
    return record;
}

TEST(Codec, RoundTrips) {
    const session::Record in = sample();
    const auto out = session::decode(session::encode(in));

    ASSERT_TRUE(out);
    EXPECT_EQ(out->provider, in.provider);
    EXPECT_EQ(out->issuer, in.issuer);
    EXPECT_EQ(out->sid, in.sid);
    EXPECT_EQ(out->claims, in.claims);
    EXPECT_EQ(out->userinfo, in.userinfo);
    EXPECT_EQ(out->scope, in.scope);
    EXPECT_EQ(out->id_token.reveal(), "id");
    EXPECT_EQ(out->access_token.reveal(), in.access_token.reveal());
    EXPECT_TRUE(out->refresh_token.empty());
    EXPECT_EQ(out->created, in.created);
    EXPECT_EQ(out->expires, in.expires);  // AC-196: beyond 2038 and 2^32
    EXPECT_EQ(out->last_used, in.last_used);
    EXPECT_EQ(out->access_issued, in.access_issued);
    EXPECT_EQ(out->access_expires, in.access_expires);
    EXPECT_EQ(session::encode(*out), session::encode(in));
}

TEST(Codec, AnEmptyRecordIsARecord) {
    const auto out = session::decode(session::encode(session::Record{}));
    ASSERT_TRUE(out);
    EXPECT_EQ(session::encode(*out), session::encode(session::Record{}));
}

TEST(Codec, RefusesEveryOtherVersion) {  // AC-177
    std::string bytes = session::encode(sample());
    const char ours = bytes[0];
    for (int version = 0; version < 256; version++) {
        bytes[0] = static_cast<char>(version);
        EXPECT_EQ(bool(session::decode(bytes)), bytes[0] == ours);
    }
}

TEST(Codec, RefusesEveryTruncation) {
    const std::string bytes = session::encode(sample());
    for (std::size_t size = 0; size < bytes.size(); size++) {
        const auto out =
            session::decode(std::string_view(bytes).substr(0, size));
        ASSERT_FALSE(out) << size;
        ASSERT_EQ(out.error().code, base::Errc::session_invalid);
    }
}

TEST(Codec, RefusesTrailingBytes) {
    EXPECT_FALSE(session::decode(session::encode(sample()) + '\0'));
    EXPECT_FALSE(
        session::decode(session::encode(sample()) + session::encode(sample())));
}

TEST(Codec, RefusesLengthsBeyondTheEnd) {
    std::string bytes = session::encode(session::Record{});
    for (std::size_t i = 1; i < 33; i++) {
        std::string longer = bytes;
        longer[i] = '\xff';
        EXPECT_FALSE(session::decode(longer)) << i;
    }
}

TEST(Codec, FieldsAreDistinctForShiftedBytes) {  // AC-172
    session::Record a, b;
    a.provider = "ab";
    a.issuer = "c";
    b.provider = "a";
    b.issuer = "bc";
    EXPECT_NE(session::encode(a), session::encode(b));
    // a value that looks like a length and more does not become one
    a.provider = std::string("\0\0\0\1x\0\0\0\1y", 10);
    EXPECT_EQ(session::decode(session::encode(a))->provider, a.provider);
    EXPECT_EQ(session::decode(session::encode(a))->issuer, "c");
}

}  // namespace
}  // namespace oidc::session
