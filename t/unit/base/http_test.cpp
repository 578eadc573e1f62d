// SPDX-License-Identifier: Apache-2.0
// Header fields: credentials, media types, what may be sent and logged.
#include "base/http.hpp"

#include <gtest/gtest.h>

#include "base/base64url.hpp"

namespace base {
namespace {

using namespace std::literals;

// AC-294.
TEST(Authorization, ReadsTheSchemes) {
    const std::tuple<const char*, Scheme, const char*> vectors[] = {
        {"Bearer abc.def-_~+/==", Scheme::bearer, "abc.def-_~+/=="},
        {"bearer x", Scheme::bearer, "x"},
        {"BEARER x", Scheme::bearer, "x"},
        {"Basic YTpi", Scheme::basic, "YTpi"},
        {"bAsIc YTpi=", Scheme::basic, "YTpi="},
        {"Digest a=\"b\", c=d", Scheme::other, "a=\"b\", c=d"},
        {"Bearerx abc", Scheme::other, "abc"},
        {"DPoP abc", Scheme::other, "abc"},
        // RFC 9110 11.4: any number of blanks.
        {"Bearer  x", Scheme::bearer, "x"},
        {"Bearer          x", Scheme::bearer, "x"},
        {"Basic  YTpi", Scheme::basic, "YTpi"},
    };

    for (const auto& [header, scheme, credentials] : vectors) {
        const auto parsed = parse_authorization(header);
        ASSERT_TRUE(parsed) << header;
        EXPECT_EQ(parsed->scheme, scheme) << header;
        EXPECT_EQ(parsed->credentials, credentials) << header;
    }
}

// AC-294.
TEST(Authorization, RefusesMalformedHeaders) {
    for (const auto header : {""sv,
                              " "sv,
                              "Bearer"sv,
                              "Bearer "sv,
                              "Bearer  "sv,
                              "Bearerx"sv,
                              "Basic"sv,
                              "Basic "sv,
                              "Negotiate"sv,
                              "Digest  "sv,
                              " Bearer x"sv,
                              "Bearer x "sv,
                              "Bearer x y"sv,
                              "Bearer\tx"sv,
                              "Bearer \tx"sv,
                              "Bearer x\t"sv,
                              "Bearer x,y"sv,
                              "Bearer x, Basic YTpi"sv,
                              "Basic YTpi, Bearer x"sv,
                              "Basic YTpi YTpi"sv,
                              "Bearer =x"sv,
                              "Bearer ="sv,
                              "Bearer x=y"sv,
                              "Bearer \"x\""sv,
                              "Bearer x\0"sv,
                              "Bearer \x80"sv,
                              "Bea\0rer x"sv,
                              "Bearer:x"sv,
                              "Bearer: x"sv,
                              "\"Bearer\" x"sv,
                              ",Bearer x"sv,
                              "Bearer x;y"sv,
                              "Bearer x\r\n"sv,
                              "Bearer\r\n x"sv,
                              "Bearer ?"sv,
                              "Bearer {\"a\":1}"sv}) {
        const auto parsed = parse_authorization(header);
        EXPECT_FALSE(parsed) << header;
        if (!parsed) {
            EXPECT_EQ(parsed.error().code, Errc::authorization_malformed);
        }
    }
}

TEST(Basic, SplitsAtTheFirstColon) {
    const auto credentials = parse_basic(base64_encode("me:a:b c"));

    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->user, "me");
    EXPECT_EQ(credentials->password.reveal(), "a:b c");
    ASSERT_TRUE(parse_basic(base64_encode(":")));
    EXPECT_EQ(parse_basic(base64_encode("\xc3\xa9:"))->user, "\xc3\xa9");
    EXPECT_EQ(parse_basic("MTox")->password.reveal(), "1");
}

TEST(Basic, RefusesWhatRfc7617DoesNotAllow) {
    for (const auto pair : {""sv, "user"sv, "a:\0"sv, "a\n:b"sv, "a:b\r\n"sv,
                            "a:\x7f"sv, "\x01:b"sv}) {
        EXPECT_FALSE(parse_basic(base64_encode(pair))) << pair;
    }
    for (const auto* text : {"", "!", "MTox=", "MTox MTox", "MTo-", "M"}) {
        EXPECT_FALSE(parse_basic(text)) << text;
    }
}

// AC-159.
TEST(Basic, EncodesAClientsPartsAsForms) {
    const auto decoded = [](std::string_view id, std::string_view secret) {
        const Secret header = basic_client_authorization(id, secret);
        EXPECT_TRUE(header.reveal().starts_with("Basic "));
        return *base64_decode(header.reveal().substr(6));
    };

    EXPECT_EQ(decoded("id", "secret"), "id:secret");
    EXPECT_EQ(decoded("i:d", "s%e+c r\xc3\xa9t"), "i%3Ad:s%25e%2Bc%20r%C3%A9t");
    EXPECT_EQ(decoded("id", ""), "id:");
}

TEST(QuotedString, EscapesQuotesAndReplacesControls) {
    EXPECT_EQ(quoted_string("a b"), "\"a b\"");
    EXPECT_EQ(quoted_string("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(quoted_string("a\r\nSet-Cookie: x\0\x7f\xff"sv),
              "\"a??Set-Cookie: x???\"");
}

// AC-156.
TEST(MediaType, IgnoresCaseAndParameters) {
    for (const auto* given :
         {"application/json", "APPLICATION/JSON",
          "application/json;charset=utf-8", "application/json ; charset=x",
          " application/json", "application/problem+json",
          "application/X+JSON; a=b"}) {
        EXPECT_TRUE(media_type_is(given, "application/json")) << given;
    }
    for (const auto* given :
         {"", "text/html", "application/jsonp", "application/json, text/html",
          "text/json", "application/+json", "application/a b+json", "json",
          "text/html; application/json", "application/xjson", "text/x+json"}) {
        EXPECT_FALSE(media_type_is(given, "application/json")) << given;
    }
    EXPECT_TRUE(media_type_is("Application/JWT", "application/jwt"));
    EXPECT_FALSE(media_type_is("application/x+json", "application/jwt"));
}

TEST(Accept, PrefersHtmlForABrowser) {
    for (const auto* accept :
         {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
          "image/webp,image/apng,*/*;q=0.8",
          "text/html", "TEXT/HTML", "application/xhtml+xml",
          "text/html, application/json", "application/json;q=0.9, text/html",
          "*/*;q=0.8,text/html;q=0.9", "text/html;level=1;q=0.5,*/*;q=0.4",
          "text/html;q=0.001"}) {
        EXPECT_TRUE(prefers_html(accept)) << accept;
    }
}

TEST(Accept, DoesNotPreferHtmlForOtherClients) {
    for (const auto* accept : {"",
                               "*/*",
                               "application/json",
                               "application/json, text/plain, */*",
                               "application/json, text/html",
                               "text/html;q=0.9, application/json",
                               "image/*, text/html",
                               "text/html;q=0",
                               "text/html;q=0.000",
                               "text/html;q=2",
                               "text/html;q=x",
                               "text/html;q=",
                               "text/html;q=0.1234",
                               "text/html;q=1.5",
                               "text/html;q=-1",
                               ",,,",
                               ";;;",
                               "text/*",
                               "text/htmlx",
                               "*/*;q=0.5, text/html;q=0.5",
                               "text/event-stream"}) {
        EXPECT_FALSE(prefers_html(accept)) << accept;
    }
}

// AC-219.
TEST(HeaderSafe, RefusesWhatSplitsAHeader) {
    EXPECT_TRUE(is_header_safe(""));
    EXPECT_TRUE(is_header_safe("a b\t\xff"));
    for (const auto value : {"\0"sv, "a\r"sv, "a\nb"sv, "a\r\nb"sv}) {
        EXPECT_FALSE(is_header_safe(value));
    }
    // AC-439: at each place of a block, and behind it.
    for (int c = 0; c < 256; ++c) {
        for (std::size_t at : {0, 7, 15, 16, 30}) {
            std::string value(31, 'a');
            value[at] = static_cast<char>(c);
            const bool is_control = (c < 0x20 && c != '\t') || c == 0x7f;
            EXPECT_EQ(is_header_safe(value), !is_control) << c << " " << at;
        }
    }
}

TEST(IgnoreCase, IsAsciiOnly) {
    EXPECT_TRUE(equals_ignore_case("BeArEr", "bEaReR"));
    EXPECT_TRUE(equals_ignore_case("", ""));
    EXPECT_FALSE(equals_ignore_case("bearer", "bearer "));
    EXPECT_FALSE(equals_ignore_case("@", "`"));
    EXPECT_FALSE(equals_ignore_case("[", "{"));
    EXPECT_FALSE(equals_ignore_case("\xc3\x89", "\xc3\xa9"));
}

// AC-327.
TEST(LogSafe, IsOnePrintableLine) {
    EXPECT_EQ(log_safe("a b~"), "a b~");
    EXPECT_EQ(log_safe("a\r\n\x1b[0m\0\xff"sv),
              "a\\x0D\\x0A\\x1B[0m\\x00\\xFF");
    EXPECT_EQ(log_safe("\\x0A"), "\\x5Cx0A");
}

// AC-018.
TEST(LogSafe, IsCutAndNeverInTheMiddleOfAnEscape) {
    EXPECT_EQ(log_safe(std::string(65536, 'k')).size(), 200);
    EXPECT_EQ(log_safe("abcdef", 3), "abc");
    EXPECT_EQ(log_safe("ab\n", 5), "ab");
    EXPECT_EQ(log_safe("ab\n", 6), "ab\\x0A");
    EXPECT_EQ(log_safe("abc", 0), "");
}

TEST(FieldValue, ReadsOnlyTheLineOfThatName) {
    const std::tuple<const char*, std::optional<const char*>> vectors[] = {
        {"Content-Length: 5\r\n", "5"},
        {"content-length:\t 5 \r\n", "5"},
        {"Content-Length:5", "5"},
        {"Content-Length: a:b\n", "a:b"},
        {"Content-Length:\r\n", ""},
        {"Content-Length : 5\r\n", std::nullopt},
        {" Content-Length: 5\r\n", std::nullopt},
        {"Content-Lengths: 5\r\n", std::nullopt},
        {"X: Content-Length: 5\r\n", std::nullopt},
        {"\r\n", std::nullopt},
        {"", std::nullopt},
    };

    for (const auto& [line, expected] : vectors) {
        EXPECT_EQ(field_value(line, "Content-Length"), expected) << line;
    }
}

TEST(ParseDecimal, TakesDigitsAndNothingElse) {
    EXPECT_EQ(parse_decimal("0"), 0u);
    EXPECT_EQ(parse_decimal("007"), 7u);
    EXPECT_EQ(parse_decimal("18446744073709551615"), ~std::uint64_t{0});
    for (const char* none : {"", " 5", "5 ", "+5", "-5", "0x10", "5, 5", "5;",
                             "5.0", "1e3", "18446744073709551616"}) {
        EXPECT_FALSE(parse_decimal(none)) << none;
    }
}

}  // namespace
}  // namespace base
