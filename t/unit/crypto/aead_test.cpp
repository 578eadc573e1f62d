// SPDX-License-Identifier: Apache-2.0
// Sealed bytes open whole, with their key and their context, or not at all.
#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include <set>

namespace crypto {
namespace {

using namespace std::literals;

Aead aead(char fill = 'k') {
    return *Aead::create(base::Secret(std::string(32, fill)));
}

TEST(Aead, OpensWhatItSealed) {
    const Aead key = aead();

    for (const auto plain : {""sv, "a"sv, "sixteen bytes !!"sv, "a\0b"sv}) {
        const auto sealed = key.seal(plain, "context");
        ASSERT_TRUE(sealed);
        EXPECT_EQ(sealed->size(), plain.size() + kAeadOverhead);
        const auto opened = key.open(*sealed, "context");
        ASSERT_TRUE(opened);
        EXPECT_EQ(*opened, plain);
        EXPECT_TRUE(key.open(*key.seal(plain, ""), ""));
    }
    const std::string large(1 << 20, 'x');
    EXPECT_EQ(*key.open(*key.seal(large, large), large), large);
}

TEST(Aead, IsAes256Gcm) {
    // Test case 14 of the GCM specification, behind its nonce.
    const auto key = Aead::create(base::Secret(std::string(32, '\0')));
    const auto sealed =
        "\0\0\0\0\0\0\0\0\0\0\0\0"
        "\xce\xa7\x40\x3d\x4d\x60\x6b\x6e\x07\x4e\xc5\xd3\xba\xf3\x9d\x18"
        "\xd0\xd1\xc8\xa7\x99\x99\x6b\xf0\x26\x5b\x98\xb5\xd4\x8a\xb9\x19"sv;

    ASSERT_TRUE(key->open(sealed, ""));
    EXPECT_EQ(*key->open(sealed, ""), std::string(16, '\0'));
}

// AC-126, AC-171.
TEST(Aead, RefusesEveryFlippedBit) {
    const Aead key = aead();
    const std::string sealed = *key.seal("the session", "context");

    for (std::size_t bit = 0; bit < 8 * sealed.size(); bit++) {
        std::string flipped = sealed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        const auto opened = key.open(flipped, "context");
        ASSERT_FALSE(opened) << bit;
        EXPECT_EQ(opened.error().code, base::Errc::session_invalid);
    }
    EXPECT_TRUE(key.open(sealed, "context")) << "a failure leaves no trace";
}

// AC-171.
TEST(Aead, RefusesEveryOtherLength) {
    const Aead key = aead();
    const std::string sealed = *key.seal("the session", "context");

    for (std::size_t length = 0; length < sealed.size(); length++) {
        EXPECT_FALSE(key.open(sealed.substr(0, length), "context")) << length;
        EXPECT_FALSE(key.open(sealed.substr(sealed.size() - length), "context"))
            << length;
    }
    EXPECT_FALSE(key.open(sealed + '\0', "context"));
    EXPECT_FALSE(key.open(sealed + sealed, "context"));
}

// AC-173.
TEST(Aead, RefusesAnotherContextOrKey) {
    const Aead key = aead();
    const std::string sealed = *key.seal("the session", "context");

    for (const auto context : {""sv, "Context"sv, "context\0"sv, "contex"sv}) {
        EXPECT_FALSE(key.open(sealed, context)) << context;
    }
    EXPECT_FALSE(aead('l').open(sealed, "context"));
}

// AC-174.
TEST(Aead, NeverRepeatsANonce) {
    const Aead key = aead();
    std::set<std::string> seen;

    for (int i = 0; i < 10'000; i++) {
        const auto sealed = key.seal("", "");
        EXPECT_TRUE(seen.insert(sealed->substr(0, 12)).second);
    }
}

TEST(Aead, RefusesKeysOfOtherThan32Bytes) {
    for (const std::size_t size : {0, 1, 16, 24, 31, 33, 64}) {
        EXPECT_FALSE(Aead::create(base::Secret(std::string(size, 'k'))));
    }
}

TEST(Aead, Moves) {
    Aead first = aead();
    const std::string sealed = *first.seal("x", "");
    Aead second(std::move(first));

    EXPECT_TRUE(second.open(sealed, ""));
    EXPECT_FALSE(first.open(sealed, "")) << "an empty one refuses";
    EXPECT_FALSE(first.seal("x", ""));
    first = std::move(second);
    EXPECT_TRUE(first.open(sealed, ""));
}

}  // namespace
}  // namespace crypto
