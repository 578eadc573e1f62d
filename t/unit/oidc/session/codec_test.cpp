// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/codec.hpp"

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
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

// As large as Cognito's, and as random.
std::string text_of(std::size_t bytes, char seed) {
    std::string out;
    while (out.size() < bytes) {
        const auto block = crypto::sha256(seed + std::to_string(out.size()));
        out += crypto::view(block);
    }
    out.resize(bytes);
    return base::base64url_encode(out);
}
std::string token_of(std::string_view payload, char seed) {
    return text_of(60, seed) + "." + base::base64url_encode(payload) + "." +
           text_of(256, seed);
}

TEST(Codec, KeepsTokensAsBytesAndTheirClaimsOnce) {
    session::Record in = sample();
    in.claims =
        R"({"sub":"a","cognito:groups":[")" + std::string(600, 'g') + R"("]})";
    in.userinfo.clear();
    in.id_token = base::Secret(token_of(in.claims, 'i'));
    in.access_token = base::Secret(token_of(text_of(380, 'p'), 'a'));
    in.refresh_token = base::Secret(text_of(60, 'r') + "." + text_of(256, 's') +
                                    "." + text_of(12, 't') + "." +
                                    text_of(950, 'u') + "." + text_of(16, 'v'));
    const std::string bytes = session::encode(in);
    const std::size_t characters =
        in.id_token.size() + in.access_token.size() + in.refresh_token.size();
    EXPECT_GT(characters + in.claims.size(), 4500u);
    EXPECT_LT(bytes.size(), 3400u);
    EXPECT_EQ(bytes.find(in.access_token.reveal().substr(0, 40)), bytes.npos);
    const auto out = session::decode(bytes);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->claims, in.claims);
    EXPECT_EQ(out->id_token.reveal(), in.id_token.reveal());
    EXPECT_EQ(out->access_token.reveal(), in.access_token.reveal());
    EXPECT_EQ(out->refresh_token.reveal(), in.refresh_token.reveal());
}

TEST(Codec, KeepsEveryTokenLetterByLetter) {
    for (const char* token :
         {"", ".", "..", "a.b", "YQ.YQ", "YQ==.YQ==", "YR.YQ", "YQ.", ".YQ",
          "YQ..YQ", "YQ.YQ.YQ.YQ.YQ.YQ.YQ.YQ", "YQ.YQ.YQ.YQ.YQ.YQ.YQ.YQ.YQ",
          "Atza|opaque", "1//0g-opaque.with_dots", "YQ.YQ\n"}) {
        session::Record in;
        in.id_token = base::Secret(token);
        in.refresh_token = base::Secret(token);
        for (const char* claims : {"", "a", "{}"}) {
            in.claims = claims;
            const auto out = session::decode(session::encode(in));
            ASSERT_TRUE(out) << token;
            EXPECT_EQ(out->id_token.reveal(), token);
            EXPECT_EQ(out->refresh_token.reveal(), token);
            EXPECT_EQ(out->claims, claims) << token;
        }
    }
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
