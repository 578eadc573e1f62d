// SPDX-License-Identifier: Apache-2.0
// Return addresses: which of them a WHATWG URL parser keeps on our origin.
//
// Reasoning, by https://url.spec.whatwg.org with a base of https://app/: a
// reference leaves the origin only through (1) a scheme, so it must begin with
// "/"; (2) an authority, which two slashes or backslashes in front begin, also
// after tabs and newlines were taken out and blanks trimmed. The path itself
// can never change the host, but dot segments can bring "//" to its front,
// which is an authority to whoever reads the path alone a second time.
#include <gtest/gtest.h>

#include "base/same_origin_uri.hpp"

namespace base {
namespace {

using namespace std::literals;

constexpr std::string_view kKept[] = {
    "/d/abc?var-re=foo\\.bar\\d+",  // in a query it is itself
    "/?a=\\",
    // Plain paths and queries, restored byte for byte (AC-223).
    "/",
    "/?",
    "/#",
    "/app",
    "/app/",
    "/app?a=1&b=%26#frag",
    "/app?a=1&b=%26",
    "/a/b/c;v=1,2?x=(y)*!'$",
    "/a:b",
    "/:80",
    "/@evil.com",
    "/user@evil.com/",
    "/a//b",
    "/a//evil.com",
    "/a///",
    "/app#/spa/route",
    "/?q=//evil.com",
    "/?https://evil.com",
    "/?rd=https%3A%2F%2Fevil.com",
    "/#//evil.com",
    "/a?b/..//evil.com",
    "/a#b/..//evil.com",
    "/https://evil.com",
    "/https:evil.com",
    "/javascript:alert(1)",
    "/data:text/html,x",
    "/evil.com",
    "/evil.com/..",
    "/{a}|^`\"<>",
    "/a?text=line1%0D%0Aline2",
    "/a?x=%00",
    "/100%",
    "/%zz",
    "/%",
    "/%2",
    "/%C3%A9",
    "/~user/-._",
    "/oauth2/callback",
    // Escaped slashes stay text of the path (AC-214).
    "/%2f",
    "/%2f/evil.com",
    "/%2F%2Fevil.com",
    "/%5cevil.com",
    "/%5C/evil.com",
    "/%252f/evil.com",
    "/%255cevil.com",
    "/%c0%afevil.com",
    "/%e0%80%afevil.com",
    "/%20/evil.com",
    "/%c2%a0/evil.com",
    "/%e3%80%82evil.com",
    // Dot segments that end on one slash (AC-215).
    "/.",
    "/..",
    "/./",
    "/../",
    "/./evil.com",
    "/../evil.com",
    "/a/..",
    "/a/../",
    "/a/../evil.com",
    "/a/./b/../c",
    "/%2e/evil.com",
    "/%2e%2e/evil.com",
    "/../../../../etc/passwd",
    "/.../evil.com",
    "/..a//evil.com",
    "/%2e%2e%2e//evil.com",
    "/a//..",
    "/a/b//../c",
    "/a/..b//c",
};

constexpr std::string_view kRefused[] = {
    "",
    // Absolute URLs and other schemes (AC-210, AC-218).
    "https://evil.com",
    "https://app/",
    "HTTPS:evil.com",
    "http:/evil.com",
    "http:evil.com",
    "https:evil.com",
    "ftp://evil.com",
    "javascript:alert(1)",
    "jAvaScript:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "javascript://%0aalert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "blob:https://evil.com/x",
    "file:///etc/passwd",
    "mailto:a@evil.com",
    // Relative references depend on the page they stand on.
    "evil.com",
    "app",
    ".",
    "..",
    "./",
    "../",
    "./evil.com",
    "../evil.com",
    ".//evil.com",
    "?a=1",
    "#frag",
    "@evil.com",
    ":80",
    "%2f",
    "%2f%2fevil.com",
    "%5c%5cevil.com",
    ";/evil.com",
    // Protocol-relative (AC-211).
    "//",
    "//evil.com",
    "///evil.com",
    "////evil.com",
    "//evil.com/..",
    "///",
    "//app/",
    "//@evil.com",
    "//evil%2ecom",
    "//1.1.1.1",
    "//[::1]/",
    "///evil.com//..",
    "//%2f%2fevil.com",
    // Backslashes are slashes (AC-212).
    "/\\evil.com",
    "\\\\evil.com",
    "\\/evil.com",
    "/\\/evil.com",
    "//\\evil.com",
    "/\\\\evil.com",
    "\\evil.com",
    "\\",
    "/\\",
    "https:\\\\evil.com",
    "https:/\\evil.com",
    "/a\\evil.com",
    "/a/..\\/evil.com",
    "/a/..\\evil.com",
    "/a?b#c?\\",
    "/#?\\",
    "/#\\",
    // Tabs, newlines, blanks and controls vanish (AC-213).
    "/\t/evil.com",
    "/\n/evil.com",
    "/\r/evil.com",
    "/\r\n/evil.com",
    "\t//evil.com",
    "\n/evil.com",
    " /evil.com",
    " //evil.com",
    "/ /evil.com",
    "/evil.com ",
    "/a b",
    "/\v/evil.com",
    "/\f/evil.com",
    "/\0/evil.com"sv,
    "/a\0"sv,
    "\0/a"sv,
    "/\x01",
    "/\x1f/evil.com",
    "/\x7f/evil.com",
    "/a?b=\t",
    "/a#\n",
    // Bytes above 0x7e, and what a browser might read into them (AC-213).
    "/\xc2\xa0/evil.com",
    "/\xe3\x80\x82/evil.com",
    "/\xef\xbc\x8f/evil.com",
    "/\xe2\x80\x8b/evil.com",
    "\xef\xbb\xbf//evil.com",
    "/\xc3\xa9",
    "/\xff",
    "/\x80/evil.com",
    "/\xc0\xaf",
    "/\xe2\x80\xa8/evil.com",
    // Escaped control characters in the path (AC-213, AC-219).
    "/%09/evil.com",
    "/%0a/evil.com",
    "/%0D%0ASet-Cookie:x=1",
    "/a%0d%0aSet-Cookie:x=1",
    "/%00",
    "/a/%1f",
    "/%1B",
    "/%7f",
    "/%7F?x",
    "/x%00#",
    // Raw CR and LF (AC-219).
    "/a\r\nSet-Cookie: x=1",
    "/a\nX: y",
    "/a\r",
    // Dot segments that bring two slashes to the front (AC-215).
    "/.//evil.com",
    "/..//evil.com",
    "/a/..//evil.com",
    "/a/b/../..//evil.com",
    "/a/.././/evil.com",
    "/././/evil.com",
    "/../..//evil.com",
    "/%2e//evil.com",
    "/%2E//evil.com",
    "/%2e%2e//evil.com",
    "/.%2e//evil.com",
    "/%2E.//evil.com",
    "/a/%2e%2E//evil.com",
    "/a/..///evil.com",
    "/.//",
    "/..//",
    "/.//?x",
    "/a/..//#x",
    "/.///..",
    "/.//a/..",
    "/.//../..//evil.com",
    // Userinfo (AC-216).
    "https://app@evil.com",
    "https://app:443@evil.com",
    "//app\\@evil.com",
    "//app@evil.com",
    "app:443@evil.com",
    // Look-alike hosts (AC-217).
    "https://evilapp.example",
    "//app.example.evil.com",
    "https://app.example%2eevil.com",
};

static_assert(std::size(kKept) + std::size(kRefused) >= 120);

// AC-214, AC-215, AC-223.
TEST(SameOriginUri, AcceptsOwnPathsByteForByte) {
    for (const auto text : kKept) {
        const auto uri = SameOriginUri::parse(text);
        ASSERT_TRUE(uri) << text;
        EXPECT_EQ(uri->text(), text);
    }
}

// AC-210, AC-211, AC-212, AC-213, AC-214, AC-215, AC-216, AC-217, AC-218,
// AC-219.
TEST(SameOriginUri, RefusesEverythingElse) {
    for (const auto text : kRefused) {
        EXPECT_FALSE(SameOriginUri::parse(text)) << text;
    }
}

// AC-213.
TEST(SameOriginUri, RefusesEveryForbiddenByteAtEveryPlace) {
    for (int c = 0; c < 256; c++) {
        for (const std::size_t at : {1, 2, 3, 6, 9}) {
            std::string text = "/ab/?cd#ef";
            text[at] = static_cast<char>(c);
            const bool plain = c > 0x20 && c < 0x7f && (c != '\\' || at == 6);
            const bool expected = plain && !(at == 1 && c == '/');
            EXPECT_EQ(bool(SameOriginUri::parse(text)), expected)
                << c << " at " << at;
        }
    }
}

// AC-220.
TEST(SameOriginUri, IsNeverTruncated) {
    const std::string fit =
        "/" + std::string(SameOriginUri::kMaxLength - 1, 'a');

    ASSERT_TRUE(SameOriginUri::parse(fit));
    EXPECT_EQ(SameOriginUri::parse(fit)->text(), fit);
    for (const std::size_t more : {1, 8192, 65536}) {
        EXPECT_FALSE(SameOriginUri::parse(fit + std::string(more, 'a')));
    }
}

TEST(SameOriginUri, HasARootToFallBackTo) {
    EXPECT_EQ(SameOriginUri::root().text(), "/");
}

}  // namespace
}  // namespace base
