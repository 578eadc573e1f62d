// SPDX-License-Identifier: Apache-2.0
// URLs, escapes and forms.
#include "base/url.hpp"
#include "base/percent_encoding.hpp"
#include "base/form.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::literals;

TEST(Url, IsParsedIntoItsParts) {
    const auto url = Url::parse("HTTPS://Idp.Example:8443/a/b%20c?x=1&y=?");

    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "https");
    EXPECT_EQ(url->host, "idp.example");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->path, "/a/b%20c");
    EXPECT_EQ(url->query, "x=1&y=?");
    EXPECT_EQ(url->origin(), "https://idp.example:8443");
}

TEST(Url, HasTheDefaultPortOfItsScheme) {
    EXPECT_EQ(Url::parse("https://h")->port, 443);
    EXPECT_EQ(Url::parse("http://h")->port, 80);
    EXPECT_EQ(Url::parse("https://h:443/")->origin(), "https://h");
    EXPECT_EQ(Url::parse("http://h:443/")->origin(), "http://h:443");
    EXPECT_EQ(Url::parse("https://h")->path, "");
    EXPECT_EQ(Url::parse("https://h?q")->query, "q");
    EXPECT_EQ(Url::parse("https://[2001:DB8::1]:1/")->host, "[2001:db8::1]");
    EXPECT_EQ(Url::parse("https://h:65535")->port, 65535);
}

constexpr std::string_view kNoPlainUrl[] = {""sv,
                                            "https:"sv,
                                            "https:/h"sv,
                                            "https://"sv,
                                            "https:///p"sv,
                                            "//h/p"sv,
                                            "/p"sv,
                                            "h/p"sv,
                                            "file:///etc/passwd"sv,
                                            "ftp://h"sv,
                                            "javascript://h"sv,
                                            "httpss://h"sv,
                                            "https ://h"sv,
                                            " https://h"sv,
                                            "https://h "sv,
                                            "https://u@h"sv,
                                            "https://u:p@h"sv,
                                            "https://h@evil/"sv,
                                            "https://h:443@evil/"sv,
                                            "https://h#f"sv,
                                            "https://h/p#"sv,
                                            "https://h/a b"sv,
                                            "https://h/\r\nX: y"sv,
                                            "https://h/\0"sv,
                                            "https://h/\\"sv,
                                            "https://h\\evil"sv,
                                            "https:\\\\h"sv,
                                            "https://h/\xc3\xa9"sv,
                                            "https://\xc3\xa9/"sv,
                                            "https://h/\x7f"sv,
                                            "https://h/\t"sv,
                                            "https://h/<"sv,
                                            "https://h/\""sv,
                                            "https://h/{}"sv,
                                            "https://h/|"sv,
                                            "https://h/`"sv,
                                            "https://h/^"sv,
                                            "https://h/%"sv,
                                            "https://h/%2"sv,
                                            "https://h/%zz"sv,
                                            "https://h?%g0"sv,
                                            "https://h:"sv,
                                            "https://h:0"sv,
                                            "https://h:65536"sv,
                                            "https://h:080"sv,
                                            "https://h:+80"sv,
                                            "https://h:-1"sv,
                                            "https://h:8a"sv,
                                            "https://h:80:80"sv,
                                            "https://h:99999999999"sv,
                                            "https://:443"sv,
                                            "https://.h"sv,
                                            "https://h."sv,
                                            "https://a..b"sv,
                                            "https://h%2eevil"sv,
                                            "https://h,evil"sv,
                                            "https://h;x"sv,
                                            "https://[::1"sv,
                                            "https://::1"sv,
                                            "https://[]"sv,
                                            "https://[::1]x"sv,
                                            "https://[fe80::1%25eth0]"sv,
                                            "https://[1.2.3.4]"sv,
                                            "https://[::1]:"sv,
                                            "https://]"sv};

// AC-139.
TEST(Url, RefusesWhatIsNoPlainUrl) {
    for (const auto text : kNoPlainUrl) {
        EXPECT_FALSE(Url::parse(text)) << text;
    }
}

// AC-140.
TEST(Url, RefusesAddressesInDisguise) {
    for (const auto* host : {"2130706433", "0x7f000001", "0x7f.1", "127.1",
                             "127.0.1", "0177.0.0.1", "127.0.0.01", "256.0.0.1",
                             "1.2.3.4.5", "h.1", "1.2.3", "h.0x1"}) {
        EXPECT_FALSE(Url::parse("http://" + std::string(host) + "/")) << host;
    }
    EXPECT_TRUE(Url::parse("http://169.254.169.254/"));
    EXPECT_TRUE(Url::parse("http://1.h/"));
}

TEST(Url, LimitsItsLength) {
    const std::string prefix = "https://h/";
    const std::string fit(Url::kMaxLength - prefix.size(), 'a');

    EXPECT_TRUE(Url::parse(prefix + fit));
    EXPECT_FALSE(Url::parse(prefix + fit + "a"));
    EXPECT_TRUE(Url::parse("https://" + std::string(63, 'a')));
    EXPECT_FALSE(Url::parse("https://" + std::string(64, 'a')));
}

TEST(Url, RecognizesLoopback) {
    for (const auto* url :
         {"http://127.0.0.1", "http://127.255.1.2:81/", "http://[::1]/",
          "http://localhost", "http://LOCALHOST:8080"}) {
        EXPECT_TRUE(Url::parse(url)->is_loopback()) << url;
    }
    for (const auto* url :
         {"http://128.0.0.1", "http://127.example", "http://localhost.evil",
          "http://[::2]", "http://[::ffff:127.0.0.1]", "http://0.0.0.0",
          "http://127.0.0.1.evil.com"}) {
        EXPECT_FALSE(Url::parse(url)->is_loopback()) << url;
    }
}

TEST(PercentEncoding, EscapesAllButTheUnreserved) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode(" +&=%/\0\xff"sv), "%20%2B%26%3D%25%2F%00%FF");
    EXPECT_EQ(percent_encode(""), "");
}

TEST(PercentEncoding, RoundTrips) {
    std::string all;

    for (int c = 0; c < 256; c++) {
        all.push_back(static_cast<char>(c));
    }
    EXPECT_EQ(*percent_decode(percent_encode(all), true), all);
    EXPECT_EQ(*percent_decode(percent_encode(all), false), all);
    EXPECT_EQ(*percent_decode("a+b%2f%2F", true), "a b//");
    EXPECT_EQ(*percent_decode("a+b", false), "a+b");
}

// AC-116.
TEST(PercentEncoding, RefusesIncompleteEscapes) {
    for (const auto* text :
         {"%", "%2", "a%", "%zz", "%2g", "%g2", "% 20", "%%20", "%-1", "%+1"}) {
        EXPECT_FALSE(percent_decode(text, false)) << text;
    }
}

// AC-164.
TEST(FormWriter, EscapesEveryPart) {
    FormWriter form;
    form.add("code", "a\r\nb&c=d#e f").add("x y", "");

    EXPECT_EQ(form.text(), "code=a%0D%0Ab%26c%3Dd%23e%20f&x%20y=");
}

TEST(FormWriter, RoundTripsThroughForm) {
    FormWriter writer;

    for (int i = 0; i < 60; i++) {
        writer.add("name " + std::to_string(i), std::string(i * 3, '\xfe'));
    }
    const auto form = Form::parse(writer.text());
    ASSERT_TRUE(form);
    for (int i = 0; i < 60; i++) {
        const auto value = form->unique("name " + std::to_string(i));
        ASSERT_TRUE(value);
        EXPECT_EQ(*value, std::string(i * 3, '\xfe'));
    }
}

TEST(Form, ReadsParameters) {
    const auto form = Form::parse("a=1&b=x+y%26&c&d=&=e&f=1=2");

    ASSERT_TRUE(form);
    EXPECT_EQ(**form->unique("a"), "1");
    EXPECT_EQ(**form->unique("b"), "x y&");
    EXPECT_EQ(**form->unique("c"), "");
    EXPECT_EQ(**form->unique("d"), "");
    EXPECT_EQ(**form->unique("f"), "1=2");
    EXPECT_TRUE(form->has("c"));
    EXPECT_FALSE(form->has("z"));
    ASSERT_TRUE(form->unique("z"));
    EXPECT_FALSE(*form->unique("z"));
}

// AC-115.
TEST(Form, NoticesARepeatedParameter) {
    for (const auto* text :
         {"state=1&state=1", "state=1&state=2", "state&state",
          "state=1&st%61te=2", "a=1&state=&b=2&state="}) {
        const auto form = Form::parse(text);
        ASSERT_TRUE(form) << text;
        EXPECT_FALSE(form->unique("state")) << text;
        EXPECT_TRUE(form->has("state"));
    }
    // ";" is no separator, so this is one value.
    EXPECT_EQ(**Form::parse("a=1;a=2")->unique("a"), "1;a=2");
}

// AC-116.
TEST(Form, ReadsOddQueries) {
    for (const auto* text : {"", "&&&", "=", "&=&", "?&&&", "code"}) {
        EXPECT_TRUE(Form::parse(text)) << text;
    }
    for (const auto text : {"code=%"sv, "code=%zz"sv, "code=%00"sv, "%00=1"sv,
                            "a=1&%"sv, "code=\0"sv, "a\0b=1"sv, "code=%0"sv}) {
        const auto form = Form::parse(text);
        EXPECT_FALSE(form) << text;
        if (!form) {
            EXPECT_EQ(form.error().code, Errc::malformed);
        }
    }
    EXPECT_EQ(Form::parse("code=" + std::string(8192, 'c'))
                  ->unique("code")
                  ->value()
                  .size(),
              8192);
}

TEST(Form, LimitsTheParameters) {
    EXPECT_TRUE(Form::parse("a&b&&&c&", 3));
    EXPECT_FALSE(Form::parse("a&b&c&d", 3));
    std::string many;
    for (int i = 0; i < 65; i++) {
        many += "a&";
    }
    EXPECT_FALSE(Form::parse(many));
    many.resize(128);
    EXPECT_TRUE(Form::parse(many));
}

}  // namespace
}  // namespace base
