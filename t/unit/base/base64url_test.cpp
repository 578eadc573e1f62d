// SPDX-License-Identifier: Apache-2.0
// base64url and base64: one spelling for each value, all others refused.
#include "base/base64url.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::literals;

TEST(Base64Url, EncodesTheExamplesOfRfc4648) {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"}};

    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(base64url_encode(bytes), text);
        const auto decoded = base64url_decode(text);
        ASSERT_TRUE(decoded) << text;
        EXPECT_EQ(*decoded, bytes);
    }
}

TEST(Base64Url, UsesTheUrlSafeAlphabet) {
    EXPECT_EQ(base64url_encode("\xfb\xff\xfe"), "-__-");
    EXPECT_EQ(base64_encode("\xfb\xff\xfe"), "+//+");
    EXPECT_EQ(*base64url_decode("-__-"), "\xfb\xff\xfe");
    EXPECT_EQ(*base64_decode("+//+"), "\xfb\xff\xfe");
}

TEST(Base64Url, RoundTripsAtEveryLength) {
    std::string bytes;

    for (int i = 0; i < 300; i++) {
        const auto url = base64url_decode(base64url_encode(bytes));
        const auto plain = base64_decode(base64_encode(bytes));
        ASSERT_TRUE(url && plain);
        EXPECT_EQ(*url, bytes);
        EXPECT_EQ(*plain, bytes);
        bytes.push_back(static_cast<char>(i * 7));
    }
}

// AC-055.
TEST(Base64Url, RefusesEveryForeignCharacter) {
    for (int c = 0; c < 256; c++) {
        const bool good = std::isalnum(c) || c == '-' || c == '_';

        for (std::size_t at = 0; at < 6; at++) {
            std::string text = "AAAAAA";  // a group of four and a tail
            if (at == 5 && good) {
                continue;  // loose bits, see below
            }
            text[at] = static_cast<char>(c);
            EXPECT_EQ(bool(base64url_decode(text)), good) << c << " " << at;
        }
    }
}

// AC-055: also where sixteen are read at once.
TEST(Base64Url, RefusesEveryForeignCharacterInALongText) {
    const std::string good = base64url_encode(std::string(45, '\x5a'));

    for (std::size_t at = 0; at < good.size(); at++) {
        for (int c = 0; c < 256; c++) {
            const auto byte = static_cast<char>(c);
            std::string text = good;
            text[at] = byte;
            const bool is_url = std::isalnum(c) || c == '-' || c == '_';
            const auto decoded = base64url_decode(text);
            ASSERT_EQ(bool(decoded), is_url) << c << ' ' << at;
            if (decoded) {
                EXPECT_EQ(base64url_encode(*decoded), text);
            }
        }
    }
}

// AC-055.
TEST(Base64Url, RefusesPaddingAndBlanks) {
    for (const auto text :
         {"Zg=="sv, "Zm8="sv, "="sv, "===="sv, " Zg"sv, "Zg "sv, "Z g"sv,
          "Zm9v\n"sv, "Zm9v\r\n"sv, "\tZm9v"sv, "Zm9v\0"sv, "Zm+v"sv, "Zm/v"sv,
          "Zm9\x80"sv, "Zm?v"sv, "Zm.v"sv}) {
        EXPECT_FALSE(base64url_decode(text)) << text;
    }
}

// AC-056.
TEST(Base64Url, RefusesALengthOfOneModFour) {
    for (const auto* text : {"A", "AAAAA", "AAAAAAAAA"}) {
        EXPECT_FALSE(base64url_decode(text));
        EXPECT_FALSE(base64_decode(text));
    }
}

// AC-057.
TEST(Base64Url, RefusesNonzeroTrailingBits) {
    // Each value of the last character has one in 16 (or 4) good spellings.
    int two = 0;
    int three = 0;
    const std::string alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (char c : alphabet) {
        two += bool(base64url_decode(std::string("A") + c));
        three += bool(base64url_decode(std::string("AA") + c));
    }
    EXPECT_EQ(two, 4);
    EXPECT_EQ(three, 16);
    EXPECT_FALSE(base64url_decode("Zh"));
    EXPECT_FALSE(base64url_decode("Zm9vYmF="));
}

TEST(Base64, TakesPaddingOrNone) {
    EXPECT_EQ(base64_encode("f"), "Zg==");
    EXPECT_EQ(base64_encode("fo"), "Zm8=");
    EXPECT_EQ(base64_encode("foo"), "Zm9v");
    for (const auto* text : {"Zg==", "Zg"}) {
        ASSERT_TRUE(base64_decode(text));
        EXPECT_EQ(*base64_decode(text), "f");
    }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
    for (const auto* text : {"Zg=", "Zg===", "=Zg=", "Zg=Z",
                             "Zm9v====", "Zm9v=", "Zh==", "Zm9=", "Zm-v",
                             "Zm_v", "Zm9v Zm9v", "Zg==Zg==", "=", "=="}) {
        EXPECT_FALSE(base64_decode(text)) << text;
    }
}

}  // namespace
}  // namespace base
