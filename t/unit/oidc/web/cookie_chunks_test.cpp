// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/cookie_chunks.hpp"

#include <gtest/gtest.h>

#include <map>

namespace oidc::web {
namespace {

using Cookies = std::multimap<std::string, std::string>;

std::vector<std::string> values(const Cookies& cookies, std::size_t most = 9) {
    return web::join(
        "S",
        [&](std::string_view name) {
            std::vector<std::string_view> found;
            const auto [from, to] = cookies.equal_range(std::string(name));
            for (auto it = from; it != to; ++it) {
                found.push_back(it->second);
            }
            return found;
        },
        most);
}

// The only value, "-" without one.
std::string joined(const Cookies& cookies) {
    const auto all = values(cookies);
    EXPECT_LE(all.size(), 1);
    return all.empty() ? "-" : all.front();
}

std::string value_of(std::size_t size) {
    std::string value;
    for (std::size_t i = 0; i < size; i++) {
        value.push_back("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_012"[i % 31]);
    }
    return value;
}

Cookies cookies_of(std::size_t size) {
    Cookies cookies;
    const auto chunks = web::split("S", value_of(size));
    EXPECT_TRUE(chunks);
    for (const web::Chunk& chunk : *chunks) {
        EXPECT_LE(chunk.value.size(), web::kChunkBytes);
        EXPECT_FALSE(chunk.value.empty());
        cookies.emplace(chunk.name, chunk.value);
    }
    return cookies;
}

TEST(CookieChunks, ShortValueIsOneCookieUnchanged) {
    EXPECT_EQ(cookies_of(5), (Cookies{{"S", "ABCDE"}}));
    EXPECT_EQ(joined({{"S", "ABCDE"}}), "ABCDE");
}

TEST(CookieChunks, NoCookieIsNoValue) {
    EXPECT_EQ(joined({}), "-");
    EXPECT_EQ(joined({{"T", "x"}, {"S_1", "x"}}), "-");
}

TEST(CookieChunks, RoundTripsEveryLength) {  // AC-180
    const std::size_t most = web::kMaxChunks * web::kChunkBytes - 2;
    for (std::size_t chunks = 1; chunks <= web::kMaxChunks; chunks++) {
        for (int less : {-1, 0, 1, 2, 3}) {
            const std::size_t size = chunks * web::kChunkBytes - less;
            if (size <= most) {
                ASSERT_EQ(joined(cookies_of(size)), value_of(size));
            }
        }
    }
    EXPECT_EQ(cookies_of(web::kChunkBytes).size(), 1);
    EXPECT_EQ(cookies_of(web::kChunkBytes + 1).size(), 2);
    EXPECT_EQ(cookies_of(most).size(), web::kMaxChunks);
}

TEST(CookieChunks, MoreThanTheReaderAcceptsIsNotWritten) {  // AC-206, AC-181
    const auto chunks =
        web::split("S", value_of(web::kMaxChunks * web::kChunkBytes - 1));
    ASSERT_FALSE(chunks);
    EXPECT_EQ(chunks.error().code, base::Errc::session_too_large);
}

TEST(CookieChunks, AmbiguousValueIsNotWritten) {
    EXPECT_FALSE(web::split("S", ""));
    EXPECT_FALSE(web::split("S", "2.AAAA"));
    EXPECT_FALSE(web::split("S", "A.B"));
}

TEST(CookieChunks, MalformedCountsAreRefusedAtOnce) {  // AC-178
    for (const char* count :
         {"99999999", "-1", "0", "1", "1e9", "3x", "4294967297", "6", "9", "",
          "02", "+2", " 2", "2.2", "A"}) {
        Cookies cookies = cookies_of(3 * web::kChunkBytes);
        auto& first = cookies.find("S")->second;
        first = std::string(count) + "." + first.substr(2, 100);
        EXPECT_EQ(joined(cookies), "-") << count;
    }
}

TEST(CookieChunks, FewNamesAreLookedUp) {  // AC-178
    std::size_t asked = 0;
    const auto found = web::join(
        "S",
        [&](std::string_view) {
            asked++;
            return std::vector<std::string_view>{"5.AAA"};
        },
        9);
    EXPECT_TRUE(found.empty());
    EXPECT_LE(asked, web::kMaxChunks);
}

TEST(CookieChunks, MissingChunkIsRefused) {  // AC-179
    for (const char* name : {"S_1", "S_2", "S_3"}) {
        Cookies cookies = cookies_of(3 * web::kChunkBytes + 10);
        ASSERT_EQ(cookies.erase(name), 1);
        EXPECT_EQ(joined(cookies), "-");
    }
}

TEST(CookieChunks, SurplusChunkIsIgnored) {  // AC-179, AC-436
    const std::size_t size = 3 * web::kChunkBytes - 10;
    Cookies cookies = cookies_of(size);
    ASSERT_EQ(cookies.size(), 3);
    cookies.emplace("S_3", "left");
    EXPECT_EQ(joined(cookies), value_of(size));
    EXPECT_EQ(joined({{"S", "bare"}, {"S_1", "left"}}), "bare");
}

TEST(CookieChunks, SwappedChunksAreAnotherValue) {  // AC-179: sealing tells
    Cookies cookies = cookies_of(4 * web::kChunkBytes - 10);
    std::swap(cookies.find("S_1")->second, cookies.find("S_2")->second);
    EXPECT_NE(joined(cookies), value_of(4 * web::kChunkBytes - 10));
}

TEST(CookieChunks, EachWayToJoinRepeatedCookiesIsAValue) {  // AC-182, AC-436
    EXPECT_EQ(values({{"S", "a"}, {"S", "b"}}),
              (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(values({{"S", "2.a"}, {"S", "2.b"}, {"S_1", "c"}, {"S_1", "d"}}),
              (std::vector<std::string>{"ac", "ad", "bc", "bd"}));
    EXPECT_EQ(values({{"S", "2.a"}, {"S", "b"}, {"S", ""}, {"S_1", "c"}}),
              (std::vector<std::string>{"ac", "b"}));
    Cookies flood;
    for (int i = 0; i < 200; ++i) {
        flood.emplace("S", "5.a");
        for (const char* name : {"S_1", "S_2", "S_3", "S_4"}) {
            flood.emplace(name, "b");
        }
    }
    EXPECT_EQ(values(flood, 32).size(), 32);
}

TEST(CookieChunks, OddChunksAreRefused) {
    EXPECT_EQ(joined({{"S", ""}}), "-");
    EXPECT_EQ(joined({{"S", "."}}), "-");
    EXPECT_EQ(joined({{"S", "2."}, {"S_1", ""}}), "-");
    EXPECT_EQ(joined({{"S", "2.a"}, {"S_1", "2.b"}}), "-");
    EXPECT_EQ(joined({{"S", value_of(web::kChunkBytes + 1)}}), "-");
    EXPECT_EQ(joined({{"S", "2.a"}, {"S_1", value_of(web::kChunkBytes + 1)}}),
              "-");
}

TEST(CookieChunks, NamesAllItCouldHaveUsed) {
    const std::vector<std::string> names = web::chunk_names("S");
    EXPECT_EQ(names,
              (std::vector<std::string>{"S", "S_1", "S_2", "S_3", "S_4"}));
    for (const auto& [name, value] : cookies_of(web::kMaxChunks * 3799)) {
        EXPECT_NE(std::find(names.begin(), names.end(), name), names.end());
    }
}

}  // namespace
}  // namespace oidc::web
