// SPDX-License-Identifier: Apache-2.0
// SHA-2, HMAC, HKDF and random bytes against the standards' own examples.
#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include <set>

#include "crypto/hmac.hpp"
#include "crypto/random.hpp"

namespace crypto {
namespace {

using namespace std::literals;

std::string hex(std::string_view bytes) {
    std::string out;

    for (const unsigned char c : bytes) {
        out.push_back("0123456789abcdef"[c >> 4]);
        out.push_back("0123456789abcdef"[c & 15]);
    }
    return out;
}

TEST(Digest, ForkedDigestEqualsTwoSeparateOnes) {
    const std::string text(300, 'x');

    for (std::size_t i = 0; i <= text.size(); i++) {
        const auto front = std::string_view(text).substr(0, i);
        const auto back = std::string_view(text).substr(i);
        const Forked forked = sha256_forked(front, back, "context");
        EXPECT_EQ(forked.front, sha256(front)) << i;
        EXPECT_EQ(forked.whole, sha256(text + "context")) << i;
    }
}

TEST(Digest, GivesTheExamplesOfFips180) {
    EXPECT_TRUE(prepare_digests());
    EXPECT_EQ(
        hex(view(sha256("abc"))),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(
        hex(view(sha256(""))),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(digest(Hash::sha256, "abc")), hex(view(sha256("abc"))));
    EXPECT_EQ(hex(digest(Hash::sha384, "abc")),
              "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
              "8086072ba1e7cc2358baeca134c825a7");
    EXPECT_EQ(
        hex(digest(Hash::sha512, "abc")),
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

// AC-069.
TEST(Digest, CoversTheWholeInput) {
    const std::string token(32 * 1024, 'a');
    std::string other = token;
    other.back() = 'b';

    EXPECT_NE(sha256(token), sha256(other));
    EXPECT_NE(sha256("a"), sha256("a\0"sv));
}

// AC-333.
TEST(Equal, ComparesBytesAndLengths) {
    EXPECT_TRUE(equal("", ""));
    EXPECT_TRUE(equal("a\0b"sv, "a\0b"sv));
    EXPECT_FALSE(equal("a\0b"sv, "a\0c"sv));
    EXPECT_FALSE(equal("abc", "abcd"));
    EXPECT_FALSE(equal("abc", ""));
    EXPECT_FALSE(equal("", "\0"sv));
}

TEST(Hmac, GivesTheExamplesOfRfc4231) {
    const std::string_view data = "what do ya want for nothing?";

    EXPECT_EQ(
        hex(*hmac(Hash::sha256, "Jefe", data)),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(*hmac(Hash::sha384, "Jefe", data)),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
              "8e2240ca5e69e2c78b3239ecfab21649");
    EXPECT_EQ(
        hex(*hmac(Hash::sha512, "Jefe", data)),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    // A key longer than a block.
    EXPECT_EQ(
        hex(*hmac(Hash::sha256, std::string(131, '\xaa'),
                  "Test Using Larger Than Block-Size Key - "
                  "Hash Key First")),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, DoesNotKeepThePreviousKey) {
    const auto first = *hmac(Hash::sha256, "one", "message");
    const auto second = *hmac(Hash::sha256, "two", "message");

    EXPECT_NE(first, second);
    EXPECT_EQ(*hmac(Hash::sha256, "one", "message"), first);
    EXPECT_EQ(*hmac(Hash::sha256, "one", ""), *hmac(Hash::sha256, "one", ""));
}

// AC-007.
TEST(Hmac, RefusesAnEmptyKey) {
    for (const Hash hash : {Hash::sha256, Hash::sha384, Hash::sha512}) {
        EXPECT_FALSE(hmac(hash, "", "message"));
    }
    EXPECT_FALSE(hmac_fields("", {"message"}));
    EXPECT_FALSE(derive_key("", "purpose"));
}

// AC-172.
TEST(HmacFields, PutTheLengthBeforeEachField) {
    EXPECT_EQ(view(*hmac_fields("key", {"ab", ""})),
              *hmac(Hash::sha256, "key",
                    "\0\0\0\0\0\0\0\x02"
                    "ab"
                    "\0\0\0\0\0\0\0\0"sv));
}

// AC-172.
TEST(HmacFields, AreDistinctForShiftedBytes) {
    std::set<Digest256> seen;
    const std::initializer_list<std::string_view> lists[] = {
        {},          {""},        {"", ""},    {"abc"},        {"ab", "c"},
        {"a", "bc"}, {"abc", ""}, {"", "abc"}, {"a", "b", "c"}};

    for (const auto& list : lists) {
        EXPECT_TRUE(seen.insert(*hmac_fields("key", list)).second);
    }
}

TEST(DeriveKey, GivesTheExampleOfRfc5869) {
    // A.3: no salt, no info; the first 32 of its 42 bytes.
    EXPECT_EQ(
        hex(derive_key(std::string(22, '\x0b'), "")->reveal()),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

// AC-173.
TEST(DeriveKey, SeparatesPurposes) {
    const auto session = derive_key("secret", "session");
    const auto state = derive_key("secret", "state");
    const auto other = derive_key("secret2", "session");

    EXPECT_EQ(session->size(), 32);
    EXPECT_FALSE(equal(session->reveal(), state->reveal()));
    EXPECT_FALSE(equal(session->reveal(), other->reveal()));
    EXPECT_TRUE(
        equal(session->reveal(), derive_key("secret", "session")->reveal()));
}

TEST(Random, DiffersEachTime) {
    std::set<std::string> seen;

    for (int i = 0; i < 1000; i++) {
        const auto bytes = random_bytes(16);
        ASSERT_TRUE(bytes);
        EXPECT_EQ(bytes->size(), 16);
        EXPECT_TRUE(seen.insert(*bytes).second);
    }
    EXPECT_EQ(random_bytes(0)->size(), 0);
}

TEST(Random, RefusesMoreBytesThanAnIntHolds) {
    const auto bytes = random_bytes(std::size_t{1} << 31);

    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, base::Errc::random_failed);
}

}  // namespace
}  // namespace crypto
