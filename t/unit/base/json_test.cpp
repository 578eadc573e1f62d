// SPDX-License-Identifier: Apache-2.0
// Strict JSON: one reading for each text, within the limits, or none.
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace base::json {
namespace {

using namespace std::literals;

// The integer of {"n":<number>}.
std::optional<std::int64_t> integer(std::string_view number) {
    const auto document =
        Document::parse("{\"n\":" + std::string(number) + "}");
    return document ? document->root().member("n").integer() : std::nullopt;
}

TEST(Json, ReadsEveryType) {
    const auto document =
        Document::parse(R"({"s":"x","i":1,"r":1.5,"t":true,"f":false,"z":null,)"
                        R"("a":[1,"b"],"o":{"k":"v"}})");
    ASSERT_TRUE(document);
    const Value root = document->root();

    EXPECT_TRUE(root.is_object());
    EXPECT_EQ(root.size(), 8);
    EXPECT_EQ(root.member("s").string(), "x");
    EXPECT_EQ(root.member("i").integer(), 1);
    EXPECT_TRUE(root.member("r").is_number());
    EXPECT_TRUE(root.member("t").is_true());
    EXPECT_TRUE(root.member("f").is_false());
    EXPECT_TRUE(root.member("z").is_null());
    EXPECT_TRUE(root.member("a").is_array());
    EXPECT_EQ(root.member("a").size(), 2);
    EXPECT_EQ(root.member("a").at(1).string(), "b");
    EXPECT_EQ(root.member("o").member("k").string(), "v");
    EXPECT_EQ(root.member("o").text(), R"({"k":"v"})");
}

TEST(Json, AbsentMemberHasNoType) {
    const auto document = Document::parse(R"({"a":[1],"s":"x"})");
    ASSERT_TRUE(document);
    const Value root = document->root();

    for (const Value v :
         {root.member("missing"), root.member(""), root.member("a").at(1),
          root.member("s").member("x"), root.at(0), Value(),
          Value().member("x"), Value().at(0)}) {
        EXPECT_FALSE(v.present());
        EXPECT_FALSE(v.is_object() || v.is_array() || v.is_string() ||
                     v.is_number() || v.is_true() || v.is_false() ||
                     v.is_null());
        EXPECT_FALSE(v.string());
        EXPECT_FALSE(v.integer());
        EXPECT_EQ(v.size(), 0);
        EXPECT_EQ(v.text(), "");
        v.each_member([](std::string_view, Value) { FAIL(); });
    }
}

TEST(Json, WalksMembersInTheirOrder) {
    const auto document = Document::parse(R"({"b":1,"a":2,"c":3})");
    std::string seen;

    ASSERT_TRUE(document);
    document->root().each_member([&](std::string_view name, Value value) {
        seen.append(name).append(value.text());
    });
    EXPECT_EQ(seen, "b1a2c3");
}

constexpr std::string_view kNotJson[] = {""sv,
                                         " "sv,
                                         "null"sv,
                                         "1"sv,
                                         "\"x\""sv,
                                         "true"sv,
                                         "{"sv,
                                         "}"sv,
                                         "[1,]"sv,
                                         "[,1]"sv,
                                         "[1 2]"sv,
                                         "{\"a\"}"sv,
                                         "{\"a\":}"sv,
                                         "{\"a\":1,}"sv,
                                         "{a:1}"sv,
                                         "{'a':1}"sv,
                                         "{\"a\":1 \"b\":2}"sv,
                                         "{\"a\" 1}"sv,
                                         "{1:1}"sv,
                                         "{}{}"sv,
                                         "{}x"sv,
                                         "{} {}"sv,
                                         "[]]"sv,
                                         "{}//c"sv,
                                         "/*c*/{}"sv,
                                         "{\"a\":NaN}"sv,
                                         "{\"a\":Infinity}"sv,
                                         "{\"a\":-Infinity}"sv,
                                         "{\"a\":01}"sv,
                                         "{\"a\":+1}"sv,
                                         "{\"a\":.5}"sv,
                                         "{\"a\":1.}"sv,
                                         "{\"a\":1e}"sv,
                                         "{\"a\":0x1}"sv,
                                         "{\"a\":-}"sv,
                                         "{\"a\":--1}"sv,
                                         "{\"a\":1e400}"sv,
                                         "{\"a\":True}"sv,
                                         "{\"a\":nul}"sv,
                                         "{\"a\":\"\t\"}"sv,
                                         "{\"a\":\"\n\"}"sv,
                                         "{\"a\":\"\\x41\"}"sv,
                                         "{\"a\":\"\\u12\"}"sv,
                                         "{\"a\":\"\\\"}"sv,
                                         "{\"a\":\"}"sv,
                                         "\xef\xbb\xbf{}"sv,
                                         "{}\0"sv,
                                         "\0{}"sv,
                                         "{\"a\"\0:1}"sv,
                                         "{\"a\":\"\0\"}"sv,
                                         "\xff\xfe{\0}\0"sv,
                                         "\0{\0}"sv,
                                         "[1}"sv,
                                         "{]"sv,
                                         "[\"a"sv,
                                         "{\"a\":9223372036854775808}"sv};

// The same with a fraction beside it, which is not plain: read by the library.
Result<Document> by_library(std::string_view text) {
    return Document::parse("[" + std::string(text) + ",0.5]");
}

// Plain ones, and ones next to it.
constexpr std::string_view kJson[] = {
    "{}"sv,
    "[]"sv,
    " {\t\"a\" :\r\n[ ] , \"b\": { } } "sv,
    R"({"":""})"sv,
    R"({"iss":"https:\/\/x","q":"\"\\\/","n":"\n"})"sv,
    R"({"a":"\u0041","b":"/"})"sv,
    "{\"a\":\"\x7f\",\"b\":\"\xc3\xa9\"}"sv,
    R"([0,1,-1,10,999999999999999999,-999999999999999999])"sv,
    R"([1000000000000000000,9223372036854775807,-9223372036854775808])"sv,
    R"([-0,0.0,-0.0,1.5,1e3,1E-3])"sv,
    R"([true,false,null,[true],{"t":true}])"sv,
    R"([[[[[[[[1]]]]]]]])"sv,
    R"([[[[[[[[[1]]]]]]]]])"sv,
    R"({"ab":1,"ba":2,"a":{"ab":1},"b":[{"ab":1},{"ab":1}]})"sv,
};

TEST(Json, ReadsPlainTextsAsTheLibraryDoes) {
    for (const auto text : kJson) {
        const auto own = Document::parse(text);
        const auto librarys = by_library(text);
        ASSERT_TRUE(own && librarys) << text;
        EXPECT_EQ(own->root().text(), librarys->root().at(0).text()) << text;
        EXPECT_EQ(own->source(), text);
    }
}

// Strings are looked through by the block, which the text may end within.
TEST(Json, ReadsStringsOfEveryLength) {
    for (std::size_t size = 0; size < 70; size++) {
        const std::string word(size, 'x');
        const auto plain = Document::parse("[\"" + word + "\"]");
        ASSERT_TRUE(plain) << size;
        EXPECT_EQ(plain->root().at(0).string(), word);
        EXPECT_FALSE(Document::parse("[\"" + word)) << size;
        for (std::size_t i = 0; i <= size; i++) {
            const std::string front = word.substr(0, i);
            const std::string back = word.substr(i);
            const auto escaped =
                Document::parse("[\"" + front + "\\/" + back + "\"]");
            ASSERT_TRUE(escaped) << size << " " << i;
            EXPECT_EQ(escaped->root().at(0).string(), front + "/" + back);
            EXPECT_FALSE(Document::parse("[\"" + front + "\x1f" + back + "\"]"))
                << size << " " << i;
        }
    }
}

TEST(Json, ReadsAnyNumberOfValues) {
    for (const int count : {508, 510, 511, 512, 513, 2000}) {
        std::string text = "[0";
        for (int i = 1; i < count; i++) {
            text += "," + std::to_string(i);
        }
        const auto document = Document::parse(text + "]");
        ASSERT_TRUE(document) << count;
        EXPECT_EQ(document->root().size(), count);
        EXPECT_EQ(document->root().text(), text + "]");
        EXPECT_FALSE(Document::parse(text + ",]")) << count;
    }
}

TEST(Json, RefusesDuplicatesAmongAnyNumberOfNames) {
    for (const int count : {63, 64, 65, 66}) {
        std::string text = "{";
        for (int i = 0; i < count; i++) {
            text += "\"m" + std::to_string(i) + "\":" + std::to_string(i) + ",";
        }
        for (int i = 0; i < count; i++) {
            EXPECT_FALSE(
                Document::parse(text + "\"m" + std::to_string(i) + "\":0}"));
        }
        const auto document = Document::parse(text + "\"last\":0}");
        ASSERT_TRUE(document);
        EXPECT_EQ(document->root().size(), count + 1);
        EXPECT_EQ(document->root().member("m62").integer(), 62);
    }
}

TEST(Json, WalksElementsInTheirOrder) {
    const auto document = Document::parse(R"(["a",{"b":["c"]},[],"d"])");
    std::string seen;

    ASSERT_TRUE(document);
    for (const Value one : document->root().elements()) {
        seen.append(one.text());
    }
    EXPECT_EQ(seen, R"("a"{"b":["c"]}[]"d")");
    for (const Value one : document->root().at(1).elements()) {
        FAIL() << one.text();
    }
    EXPECT_EQ(Value().elements().begin(), Value().elements().end());
}

// AC-060, AC-061.
TEST(Json, RefusesWhatTheGrammarDoesNotHold) {
    for (const auto text : kNotJson) {
        const auto document = Document::parse(text);
        EXPECT_FALSE(document) << text;
        if (!document) {
            EXPECT_EQ(document.error().code, Errc::malformed) << text;
        }
    }
}

TEST(Json, TakesBlanksAroundTheOneText) {
    EXPECT_TRUE(Document::parse(" \t\r\n{ } \n"));
    EXPECT_TRUE(Document::parse("[]"));
}

// AC-058, AC-059.
TEST(Json, RefusesDuplicateMembers) {
    EXPECT_FALSE(Document::parse(R"({"a":1,"a":1})"));
    EXPECT_FALSE(Document::parse(R"({"a":1,"\u0061":2})"));
    EXPECT_FALSE(Document::parse(R"({"x":[{"a":1,"b":2,"a":3}]})"));
    EXPECT_TRUE(Document::parse(R"({"a":1,"A":2,"x":{"a":1}})"));
}

// AC-064.
TEST(Json, RefusesWhatIsNotUtf8) {
    for (const auto bytes :
         {"\xff"sv, "\x80"sv, "\xc0\xaf"sv, "\xc1\x81"sv, "\xe0\x80\xaf"sv,
          "\xed\xa0\x80"sv, "\xf0\x80\x80\xaf"sv, "\xf4\x90\x80\x80"sv,
          "\xf8\x88\x80\x80\x80"sv, "\xc3"sv, "\xe2\x82"sv, "\\ud800"sv,
          "\\udc00"sv, "\\ud800\\u0041"sv}) {
        EXPECT_FALSE(Document::parse("{\"a\":\"" + std::string(bytes) + "\"}"));
        EXPECT_FALSE(Document::parse("{\"" + std::string(bytes) + "\":\"a\"}"));
    }
    EXPECT_TRUE(Document::parse("{\"\xc3\xa9\":\"\\ud83d\\ude00\"}"));
}

// AC-065.
TEST(Json, KeepsNulInValuesAndRefusesItInNames) {
    const auto document = Document::parse(R"({"sub":"a\u0000b"})");

    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().member("sub").string(), "a\0b"sv);
    EXPECT_FALSE(Document::parse(R"({"exp\u0000":1})"));
    EXPECT_FALSE(document->root().member("sub\0"sv).present());
}

TEST(Json, LimitsTheLengthBeforeItParses) {
    const std::string text = "[" + std::string(98, ' ') + "]";

    EXPECT_TRUE(Document::parse(text, {.bytes = 100, .depth = 1}));
    EXPECT_FALSE(Document::parse(text, {.bytes = 99, .depth = 1}));
}

// AC-062.
TEST(Json, LimitsTheDepthToTheLevel) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };

    EXPECT_TRUE(Document::parse(nested(32)));
    EXPECT_FALSE(Document::parse(nested(33)));
    EXPECT_TRUE(Document::parse(nested(4), {.depth = 4}));
    EXPECT_FALSE(Document::parse(nested(5), {.depth = 4}));
}

// AC-062.
TEST(Json, CountsOpenBracketsAndNotStrings) {
    EXPECT_TRUE(Document::parse(R"(["[[[[{{{{\"[[[["])", {.depth = 1}));
    EXPECT_TRUE(Document::parse("[[],[],[],{},{}]", {.depth = 2}));
    EXPECT_FALSE(Document::parse(R"(["\\",[[]]])", {.depth = 2}));
}

// AC-062.
TEST(Json, RefusesAHundredThousandLevels) {
    std::string objects;

    for (int i = 0; i < 100'000; i++) {
        objects += "{\"a\":";
    }
    for (const auto& text :
         {std::string(100'000, '['), objects, std::string(100'000, '{')}) {
        EXPECT_FALSE(Document::parse(text, {.bytes = 1'000'000}));
    }
}

// AC-063.
TEST(Json, HoldsManyMembersWithinTheLimit) {
    std::string text = "{";

    for (int i = 0; i < 10'000; i++) {
        text += (i ? ",\"m" : "\"m") + std::to_string(i) + "\":0";
    }
    text += "}";
    const auto document = Document::parse(text);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().size(), 10'000);
}

TEST(Json, CutsNumbersToSeconds) {
    EXPECT_EQ(integer("0"), 0);
    EXPECT_EQ(integer("-1"), -1);
    EXPECT_EQ(integer("1.9"), 1);
    EXPECT_EQ(integer("-1.9"), -1);
    EXPECT_EQ(integer("0.5"), 0);
    EXPECT_EQ(integer("1e3"), 1000);
    EXPECT_EQ(integer("253402300800"), 253402300800);
    EXPECT_EQ(integer("9223372036854775807"), INT64_MAX);
    EXPECT_EQ(integer("-9223372036854775808"), INT64_MIN);
    EXPECT_EQ(integer("-9223372036854775808.0"), INT64_MIN);
}

// AC-082.
TEST(Json, RefusesIntegersBeyondTheirRange) {
    for (const auto* number : {"1e300", "-1e300", "9223372036854775808.0",
                               "1e19", "-1e19", "9223372036854775808", "1e400",
                               "\"1\"", "true", "null", "[1]", "{}"}) {
        EXPECT_FALSE(integer(number)) << number;
    }
}

TEST(Json, MovesItsDocument) {
    auto first = Document::parse(R"({"a":1})");
    auto second = Document::parse(R"({"b":2})");
    ASSERT_TRUE(first && second);

    *first = std::move(*second);
    EXPECT_EQ(first->root().member("b").integer(), 2);
    const Document third(std::move(*first));
    EXPECT_EQ(third.root().member("b").integer(), 2);
    EXPECT_FALSE(first->root().present());
}

TEST(JsonQuote, EscapesWhatAStringCannotHold) {
    EXPECT_EQ(quote("plain"), "\"plain\"");
    EXPECT_EQ(quote("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(quote("\0\n\x1f\x7f"sv), R"("\u0000\u000a\u001f\u007f")");
    EXPECT_EQ(quote("\xc3\xa9\xf0\x9f\x98\x80"),
              "\"\xc3\xa9\xf0\x9f\x98\x80\"");
    EXPECT_EQ(quote(""), "\"\"");
}

TEST(JsonQuote, ReplacesWhatIsNotUtf8) {
    for (const auto* bytes :
         {"\xff", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
          "\xe2\x82", "\xf0\x9f\x98", "\xc3", "\xe0\x80\xaf"}) {
        const std::string quoted = quote(bytes);
        EXPECT_EQ(quoted.find(bytes), std::string::npos);
        EXPECT_NE(quoted.find("\xef\xbf\xbd"), std::string::npos);
        EXPECT_TRUE(Document::parse("[" + quoted + "]"));
    }
}

TEST(JsonQuote, RoundTripsThroughTheParser) {
    std::string all;

    for (int c = 0; c < 0x80; c++) {
        all.push_back(static_cast<char>(c));
    }
    const auto document = Document::parse("[" + quote(all) + "]");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().at(0).string(), all);
}

}  // namespace
}  // namespace base::json
