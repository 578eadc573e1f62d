// SPDX-License-Identifier: Apache-2.0
// The Cookie header is split at ";" alone, whoever wrote it.
#include "base/cookie.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::literals;

std::string pairs(std::string_view header) {
    std::string seen;

    each_cookie(header, [&](CookiePair pair) {
        seen.append("[").append(pair.name).append("|");
        seen.append(pair.value).append("]");
    });
    return seen;
}

std::string strip(std::string_view header) {
    return strip_cookies(header,
                         [](std::string_view name) { return name == "own"; })
        .value_or(std::string(header));
}

TEST(Cookies, AreSplitAndTrimmed) {
    EXPECT_EQ(pairs("a=1; b=2"), "[a|1][b|2]");
    EXPECT_EQ(pairs("a=1;b=2"), "[a|1][b|2]");
    EXPECT_EQ(pairs(" a \t= 1\t; b=2 "), "[a|1][b|2]");
    EXPECT_EQ(pairs("a=b=c"), "[a|b=c]");
}

// AC-185.
TEST(Cookies, ReadsEveryOddForm) {
    EXPECT_EQ(pairs(""), "");
    EXPECT_EQ(pairs(";;;"), "");
    EXPECT_EQ(pairs(" ; \t;"), "");
    EXPECT_EQ(pairs("=v"), "[|v]");
    EXPECT_EQ(pairs("n"), "[|n]");
    EXPECT_EQ(pairs("n="), "[n|]");
    EXPECT_EQ(pairs("n=="), "[n|=]");
    EXPECT_EQ(pairs("="), "");
    EXPECT_EQ(pairs("a=1,b=2"), "[a|1,b=2]");
    EXPECT_EQ(pairs("a=\0b;c=\x80\xff"sv), "[a|\0b][c|\x80\xff]"sv);
    EXPECT_EQ(pairs("a=1;;;own=x"), "[a|1][own|x]");
}

// AC-183.
TEST(Cookies, QuotesAndVersionMeanNothing) {
    EXPECT_EQ(pairs("$Version=1; a=\"x; sess=y; b=z\""),
              "[$Version|1][a|\"x][sess|y][b|z\"]");
    EXPECT_EQ(pairs("a=\"1\""), "[a|\"1\"]");
}

// AC-184.
TEST(Cookies, NamesAreNotDecoded) {
    const auto has_host = [](std::string_view header) {
        bool found = false;
        each_cookie(header, [&](CookiePair p) {
            found = found || p.name == "__Host-s";
        });
        return found;
    };

    EXPECT_TRUE(has_host("__Host-s=1"));
    EXPECT_TRUE(has_host(" \t__Host-s =1"));
    for (const auto* header :
         {"\xe2\x80\x80__Host-s=1", "__host-s=1", "__HOST-s=1", "_[Host-s=1",
          "\xc2\xa0__Host-s=1", "__Host-s\x0b=1", "\r__Host-s=1",
          "\"__Host-s\"=1", "__Host.s=1", "__Host%2Ds=1", "__Host-s",
          "=__Host-s=1", "a=1,__Host-s=1"}) {
        EXPECT_FALSE(has_host(header)) << header;
    }
}

// AC-182.
TEST(Cookies, KeepEveryPairOfARepeatedName) {
    EXPECT_EQ(pairs("s=tossed; s=own"), "[s|tossed][s|own]");
}

// AC-185.
TEST(Cookies, AreReadUpToTheLimit) {
    std::string header;

    for (std::size_t i = 1; i < kMaxCookies; i++) {
        header += "n" + std::to_string(i) + "=v; ";
    }
    std::size_t seen = 0;
    bool own = false;
    const auto visit = [&](CookiePair p) {
        seen++;
        own = own || p.name == "own";
    };
    each_cookie(header + "own=1", visit);
    EXPECT_EQ(seen, kMaxCookies);
    EXPECT_TRUE(own);

    seen = 0;
    own = false;
    each_cookie(header + "x=1; own=1", visit);
    EXPECT_EQ(seen, kMaxCookies);
    EXPECT_FALSE(own);
    each_cookie(std::string(65536, ';') + "own=1", visit);
    EXPECT_TRUE(own) << "separators are not cookies";
}

// AC-186.
TEST(StripCookies, RemovesOwnCookies) {
    EXPECT_EQ(strip("own=x"), "");
    EXPECT_EQ(strip("own=x; own=y"), "");
    EXPECT_EQ(strip("own=x;"), "");
    EXPECT_EQ(strip(" ; own=x ; "), "");
    EXPECT_EQ(strip("own=x; a=1"), "a=1");
    EXPECT_EQ(strip("own=x;a=1"), "a=1");
    EXPECT_EQ(strip("a=1; own=x"), "a=1");
    EXPECT_EQ(strip("a=1; own=x; b=2"), "a=1; b=2");
    EXPECT_EQ(strip("a=1;own=x;b=2"), "a=1;b=2");
    EXPECT_EQ(strip("own=1; a=1; own=2; b=2; own=3"), "a=1; b=2");
    EXPECT_EQ(strip("a=1;  own =x;\tb=2"), "a=1;\tb=2");
}

// AC-186.
TEST(StripCookies, KeepsOtherCookiesByteForByte) {
    for (const auto header :
         {""sv, "a=1"sv, " a=1 ;;  b=\"x y\" ;"sv, "n"sv, "=own"sv, "Own=1"sv,
          "own2=1; xown=1"sv, "a=own=1"sv, "a=\"; \""sv, "a=\xff\0; b"sv}) {
        EXPECT_EQ(strip(header), header);
    }
    EXPECT_EQ(strip("a=\" x\" ; own=1;  b=\xff"), "a=\" x\" ;  b=\xff");
}

// AC-186.
TEST(StripCookies, RemovesOwnCookiesBehindAnyNumberOfOthers) {
    std::string header;

    for (std::size_t i = 0; i < 2 * kMaxCookies; i++) {
        header += "n=v; ";
    }
    EXPECT_EQ(strip(header + "own=secret").find("secret"), std::string::npos);
}

// AC-190.
TEST(SetCookie, CarriesItsAttributes) {
    EXPECT_EQ(set_cookie("__Host-s", "v", {}),
              "__Host-s=v; Path=/; Secure; HttpOnly; SameSite=Lax");
    EXPECT_EQ(set_cookie("s", "v",
                         {.path = "/app",
                          .domain = "example.com",
                          .same_site = SameSite::strict,
                          .secure = false}),
              "s=v; Path=/app; Domain=example.com; HttpOnly; SameSite=Strict");
    EXPECT_EQ(set_cookie("s", "v", {.same_site = SameSite::none}),
              "s=v; Path=/; Secure; HttpOnly; SameSite=None");
    EXPECT_EQ(set_cookie("s", "v", {.same_site = SameSite::unset}),
              "s=v; Path=/; Secure; HttpOnly");
}

TEST(SetCookie, RefusesWhatWouldSplitTheHeader) {
    for (const auto value : {"a;b"sv, "a b"sv, "a\"b"sv, "a,b"sv, "a\\b"sv,
                             "a\r\nb"sv, "a\0b"sv, "a\x7f"sv, "\xc3\xa9"sv}) {
        EXPECT_EQ(set_cookie("s", value, {}), "") << value;
    }
    for (const auto name : {""sv, "a=b"sv, "a b"sv, "a;b"sv, "a\n"sv, "a\"b"sv,
                            "\xe2\x80\x80s"sv, "a\0"sv}) {
        EXPECT_EQ(set_cookie(name, "v", {}), "") << name;
    }
    EXPECT_EQ(set_cookie("s", "v", {.path = "/;Domain=evil"}), "");
    EXPECT_EQ(set_cookie("s", "v", {.path = "/\r\n"}), "");
    EXPECT_EQ(set_cookie("s", "v", {.domain = "a;b"}), "");
}

// AC-192.
TEST(ExpireCookie, RepeatsTheAttributes) {
    EXPECT_EQ(expire_cookie("__Host-s", {}),
              "__Host-s=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    EXPECT_EQ(expire_cookie("a b", {}), "");
}

}  // namespace
}  // namespace base
