// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/cookie_sealer.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>
#include <set>

#include "base/base64url.hpp"
#include "base/byte_io.hpp"
#include "crypto/hmac.hpp"

namespace oidc::web {
namespace {

constexpr std::string_view kOld = "0f2b7c1d9e8a4653b1c0d4e5f6a79881";
constexpr std::string_view kNew = "7d1e3f5a9b8c2d4e6f0a1b3c5d7e9f10";
constexpr SealContext kContext{web::Purpose::session, "__Host-S", "cognito",
                               "client", "a.test"};

web::Sealer sealer(std::initializer_list<std::string_view> secrets) {
    std::vector<base::Secret> list;
    for (const auto secret : secrets) {
        list.emplace_back(secret);
    }
    auto made = web::Sealer::create(list);
    EXPECT_TRUE(made);
    return *std::move(made);
}

std::string seal(const web::Sealer& with, const SealContext& context,
                 std::string_view plain) {
    const auto sealed = with.seal(context, plain);
    EXPECT_TRUE(sealed);
    return sealed->text();
}

// The plain bytes, or the reason word.
std::string open(const web::Sealer& with, const SealContext& context,
                 std::string_view text) {
    const auto plain = with.open(context, text);
    return plain ? *plain : std::string(base::word(plain.error().code));
}

TEST(CookieSealer, OpensWhatItSealed) {
    const web::Sealer ours = sealer({kNew});
    for (std::size_t size : {0, 1, 2, 3, 4900, 100'000}) {
        const std::string plain(size, 'p');
        const std::string text = seal(ours, kContext, plain);
        EXPECT_EQ(open(ours, kContext, text), plain);
        EXPECT_EQ(text.find_first_not_of(
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                      "0123456789-_"),
                  std::string::npos);
    }
}

TEST(CookieSealer, EveryFlippedBitIsRefused) {  // AC-171
    const web::Sealer ours = sealer({kNew});
    const auto sealed = base::base64url_decode(seal(ours, kContext, "user=a"));
    ASSERT_TRUE(sealed);
    for (std::size_t bit = 0; bit < sealed->size() * 8; bit++) {
        std::string bytes = *sealed;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        ASSERT_EQ(open(ours, kContext, base::base64url_encode(bytes)),
                  "session_invalid")
            << bit;
    }
}

TEST(CookieSealer, EveryFlippedBitOfTheTextIsRefused) {  // AC-171
    const web::Sealer ours = sealer({kNew});
    const std::string text = seal(ours, kContext, "user=a");
    for (std::size_t bit = 0; bit < text.size() * 8; bit++) {
        std::string other = text;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
        ASSERT_EQ(open(ours, kContext, other), "session_invalid") << bit;
    }
}

TEST(CookieSealer, EveryTruncationAndExtensionIsRefused) {  // AC-171
    const web::Sealer ours = sealer({kNew});
    const std::string text = seal(ours, kContext, "user=a");
    for (std::size_t size = 0; size < text.size(); size++) {
        ASSERT_EQ(open(ours, kContext, text.substr(0, size)),
                  "session_invalid");
    }
    for (const char* tail : {"A", "AA", "AAA", "AAAA", "=", " "}) {
        ASSERT_EQ(open(ours, kContext, text + tail), "session_invalid");
    }
}

TEST(CookieSealer, PartsOfTwoUsersDoNotMix) {  // AC-171
    const web::Sealer ours = sealer({kNew});
    const std::string a = seal(ours, kContext, "user=alice");
    const std::string b = seal(ours, kContext, "user=bobby");
    for (std::size_t at = 1; at < a.size(); at++) {
        const std::string mixed = a.substr(0, at) + b.substr(at);
        // Where they begin or end alike, by chance, nothing is mixed.
        if (mixed != a && mixed != b) {
            ASSERT_EQ(open(ours, kContext, mixed), "session_invalid");
        }
    }
}

TEST(CookieSealer, RefusesAnotherContext) {  // AC-173, AC-204
    const web::Sealer ours = sealer({kNew});
    const std::string text = seal(ours, kContext, "user=a");
    SealContext other = kContext;
    other.purpose = web::Purpose::login_attempt;
    EXPECT_EQ(open(ours, other, text), "session_invalid");
    other = kContext;
    other.cookie_name = "S";
    EXPECT_EQ(open(ours, other, text), "session_invalid");
    other = kContext;
    other.provider = "other";
    EXPECT_EQ(open(ours, other, text), "session_invalid");
    other = kContext;
    other.client_id = "other";
    EXPECT_EQ(open(ours, other, text), "session_invalid");
    other = kContext;
    other.host = "b.test";
    EXPECT_EQ(open(ours, other, text), "session_invalid");

    other = kContext;
    other.purpose = web::Purpose::login_attempt;
    EXPECT_EQ(open(ours, kContext, seal(ours, other, "state")),
              "session_invalid");
}

TEST(CookieSealer, ContextsAreDistinctForShiftedBytes) {  // AC-172
    const web::Sealer ours = sealer({kNew});
    const SealContext ab{web::Purpose::session, "S", "ab", "c", "d"};
    const SealContext a{web::Purpose::session, "S", "a", "bc", "d"};
    const SealContext none{web::Purpose::session, "Sab", "", "c", "d"};
    const std::string text = seal(ours, ab, "x");
    EXPECT_EQ(open(ours, ab, text), "x");
    EXPECT_EQ(open(ours, a, text), "session_invalid");
    EXPECT_EQ(open(ours, none, text), "session_invalid");
}

TEST(CookieSealer, OldSecretOpensWhileListed) {  // AC-175
    const std::string before = seal(sealer({kOld}), kContext, "user=a");
    const web::Sealer rotated = sealer({kNew, kOld});
    EXPECT_EQ(open(rotated, kContext, before), "user=a");
    EXPECT_EQ(open(sealer({kNew}), kContext, before), "session_invalid");
    // the new one seals
    const std::string after = seal(rotated, kContext, "user=a");
    EXPECT_EQ(open(sealer({kNew}), kContext, after), "user=a");
    EXPECT_EQ(open(sealer({kOld}), kContext, after), "session_invalid");
    // damaged under the old secret
    std::string damaged = before;
    damaged[20] = damaged[20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(open(rotated, kContext, damaged), "session_invalid");
}

TEST(CookieSealer, FailsWithoutASecret) {
    const auto none = web::Sealer::create({});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, base::Errc::config_invalid);
}

// An envelope made by hand: what is inside carries a tag.
std::string envelope(std::string_view inside) {
    const std::string_view purpose = "auth_oidc session";
    base::ByteWriter bound;
    bound.blob(purpose)
        .blob(kContext.cookie_name)
        .blob(kContext.provider)
        .blob(kContext.client_id)
        .blob(kContext.host);
    const auto key = crypto::derive_key(kNew, purpose);
    const auto aead = crypto::Aead::create(*key);
    return base::base64url_encode(*aead->seal(inside, bound.bytes()));
}

TEST(CookieSealer, TheFormatIsReadFromTheTagAlone) {  // AC-207
    const web::Sealer ours = sealer({kNew});
    EXPECT_EQ(open(ours, kContext, envelope("\1plain")), "plain");
    for (const char* magic : {"\x78\x9c", "\x78\xda", "\x1f\x8b", "\x8b\x02",
                              "\x28\xb5\x2f\xfd", "\1", "\2"}) {
        const std::string plain = std::string(magic) + "not compressed";
        EXPECT_EQ(open(ours, kContext, seal(ours, kContext, plain)), plain);
    }
    for (int tag = 0; tag < 256; tag++) {
        std::string inside = "?plain";
        inside[0] = static_cast<char>(tag);
        EXPECT_EQ(open(ours, kContext, envelope(inside)),
                  tag == 1 ? "plain" : "session_invalid");
    }
    EXPECT_EQ(open(ours, kContext, envelope("")), "session_invalid");
}

TEST(CookieSealer, NoNonceComesTwiceOverProcesses) {  // AC-174
    const web::Sealer ours = sealer({kNew});
    constexpr int kEach = 5000;
    constexpr std::size_t kNonce = 12 * 4 / 3;  // in base64url
    std::set<std::string> nonces;

    for (int worker = 0; worker < 4; worker++) {
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < kEach; i++) {
                const std::string text = seal(ours, kContext, "the same");
                if (write(ends[1], text.data(), kNonce) != kNonce) {
                    _exit(1);
                }
            }
            _exit(0);
        }
        close(ends[1]);
        std::string all, part(1 << 16, '\0');
        for (ssize_t n; (n = read(ends[0], part.data(), part.size())) > 0;) {
            all.append(part.data(), static_cast<std::size_t>(n));
        }
        close(ends[0]);
        waitpid(child, nullptr, 0);
        ASSERT_EQ(all.size(), kEach * kNonce);
        for (std::size_t at = 0; at < all.size(); at += kNonce) {
            ASSERT_TRUE(nonces.insert(all.substr(at, kNonce)).second);
        }
    }
}

TEST(CheckSecret, RefusesWhatCouldBeGuessed) {  // AC-176
    for (const std::string& weak :
         {std::string(), std::string("short"),
          std::string(kNew.substr(0, web::kMinSecretBytes - 1)),
          std::string(64, 'a'), std::string(64, '\0'),
          std::string("abcdabcdabcdabcdabcdabcdabcdabcdabcd"),
          std::string("change-me-0123456789-abcdefghijklmnop"),
          std::string("CHANGEME-0123456789-abcdefghijklmnopq"),
          std::string("an Example secret of 32 bytes or more")}) {
        const auto status = web::check_secret(weak);
        ASSERT_FALSE(status) << weak;
        EXPECT_EQ(status.error().code, base::Errc::config_invalid);
        EXPECT_NE(status.error().why, base::sentence(status.error().code));
    }
}

TEST(CheckSecret, TakesRandomBytesInAnySpelling) {
    EXPECT_TRUE(web::check_secret(kNew));
    EXPECT_TRUE(
        web::check_secret("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="));
    EXPECT_TRUE(web::check_secret(std::string_view(
        "\x00\x01\x92\xf3\x04\x55\x16\x77\x88\xa9\xba\xcb\xdc\xed\xfe\x0f"
        "\x10\x81\x22\x33\x44\xe5\x66\xc7\x98\x99\xaa\xbb\xcc\xdd\xee\xff",
        32)));
}

}  // namespace
}  // namespace oidc::web
