// SPDX-License-Identifier: Apache-2.0
// Texts that are JSON (RFC 8259), that are not, and that are beyond what this
// module reads: the ground that public collections of such texts cover.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace base::json {
namespace {

using namespace std::literals;

bool is_json(std::string_view text) {
    return bool(Document::parse(text));
}

// As an element of an array: a document is an array or an object here.
std::string in_array(std::string_view text) {
    return "[" + std::string(text) + "]";
}

const std::string_view kJsonTexts[] = {
    "[]",
    "{}",
    "[ ]",
    " [] ",
    "\t[\n]\r\n",
    "[[]   ]",
    "[\"\"]",
    "[false]",
    "[null]",
    "[true]",
    "[1\n]",
    "[1,null,null,null,2]",
    "[null, 1, \"1\", {}]",
    "[2] ",
    "[123e65]",
    "[0e+1]",
    "[0e1]",
    "[ 4]",
    "[-0."
    "000000000000000000000000000000000000000000000000000000000000000001]",
    "[20e1]",
    "[-0]",
    "[-123]",
    "[-1]",
    "[1E22]",
    "[1E-2]",
    "[1E+2]",
    "[123e45]",
    "[123.456e78]",
    "[1e-2]",
    "[1e+2]",
    "[123]",
    "[123.456789]",
    R"({"asd":"sdf", "dfg":"fgh"})",
    R"({"asd":"sdf"})",
    R"({"":0})",
    R"({"min": -1.0e+28, "max": 1.0e+28})",
    R"({"x":[{"id": "x"}]})",
    R"({"a":[]})",
    R"({"title":"\u041f\u043e\u043b"})",
    "{\n\"a\": \"b\"\n}",
    R"(["\u0060\u012a\u12AB"])",
    R"(["\uD801\udc37"])",
    R"(["\ud83d\ude39\ud83d\udc8d"])",
    R"(["\"\\\/\b\f\n\r\t"])",
    R"(["\\u0000"])",
    R"(["\""])",
    "[\"a/*b*/c/*d//e\"]",
    R"(["\\a"])",
    R"(["\\n"])",
    R"(["\u0012"])",
    R"(["\uFFFF"])",
    "[ \"asd\"]",
    "[\"\xf4\x8f\xbf\xbf\"]",
    "[\"\xe2\x80\xa8\"]",
    "[\"\xc2\x80\"]",
    "[\"\x7f\"]",
    R"(["\u0000"])",
    R"(["\uDBFF\uDFFE"])",
    R"(["new\u000Aline"])",
    "[\"\xef\xbf\xbf\"]",
    "[\"\xcf\x80\"]",
    "[\"asd \"]",
    R"(["\u005C"])",
    R"(["\u0022"])",
    R"(["\uA66D"])",
    "[\"\xe2\x8d\x82\"]",
};

TEST(JsonVectors, TextsThatAreJson) {
    for (const std::string_view text : kJsonTexts) {
        EXPECT_TRUE(is_json(text)) << text;
    }
}

const std::string_view kOtherTexts[] = {
    "",
    " ",
    "[1 true]",
    "[a\xe5]",
    "[\"\": 1]",
    "[\"\"],",
    "[,1]",
    "[1,,2]",
    "[\"x\",,]",
    "[\"x\"]]",
    "[\"\",]",
    "[\"x\"",
    "[x",
    "[3[4]]",
    "[\xff]",
    "[1:2]",
    "[,]",
    "[-]",
    "[   , \"\"]",
    "[\"a\",\n4\n,1,",
    "[1,]",
    "[1,1",
    "[1,",
    "[*]",
    "[\"\va\"\\f]",
    "[",
    "[1\n,1\n,1",
    "[{}",
    "[fals]",
    "[nul]",
    "[tru]",
    "[True]",
    "[NULL]",
    "[++1234]",
    "[+1]",
    "[+Inf]",
    "[-01]",
    "[-1.0.]",
    "[-2.]",
    "[-NaN]",
    "[.-1]",
    "[.2e-3]",
    "[0.1.2]",
    "[0.3e+]",
    "[0.3e]",
    "[0.e1]",
    "[0E+]",
    "[0E]",
    "[0e+]",
    "[0e]",
    "[1.0e+]",
    "[1.0e-]",
    "[1.0e]",
    "[1 000.0]",
    "[1eE2]",
    "[2.e+3]",
    "[2.e-3]",
    "[2.e3]",
    "[9.e+]",
    "[Inf]",
    "[NaN]",
    "[\xef\xbc\x91]",
    "[1+2]",
    "[0x1]",
    "[0x42]",
    "[Infinity]",
    "[0e+-1]",
    "[-123.123foo]",
    "[123\xe5]",
    "[1e1\xe5]",
    "[0\xe5]",
    "[-Infinity]",
    "[-foo]",
    "[- 1]",
    "[-012]",
    "[-.123]",
    "[-1x]",
    "[1ea]",
    "[1e\xe5]",
    "[1.]",
    "[.123]",
    "[1.2a-3]",
    "[1.8011670033376514H-308]",
    "[012]",
    "[\"x\", truth]",
    "{[: \"x\"}\n",
    "{\"x\", null}",
    "{\"x\"::\"b\"}",
    "{\xf0\x9f\x87\xa8\xf0\x9f\x87\xad}",
    "{\"a\":\"a\" 123}",
    "{key: 'value'}",
    "{\"\xb9\":\"0\",}",
    "{\"a\" b}",
    "{:\"b\"}",
    "{\"a\" \"b\"}",
    "{\"a\":",
    "{\"a\"",
    "{1:1}",
    "{9999E9999:1}",
    "{null:null,null:null}",
    "{\"id\":0,,,,,}",
    "{'a':0}",
    "{\"id\":0,}",
    "{\"a\":\"b\"}/**/",
    "{\"a\":\"b\"}/**//",
    "{\"a\":\"b\"}//",
    "{\"a\":\"b\"}/",
    "{\"a\":\"b\",,\"c\":\"d\"}",
    "{a: \"b\"}",
    "{\"a\":\"a",
    "{ \"foo\" : \"bar\", \"a\" }",
    "{\"a\":\"b\"}#",
    R"(["\uD800\"])",
    R"(["\uD800\u"])",
    R"(["\uD800\u1"])",
    R"(["\uD800\u1x"])",
    "[\xc3\xa9]",
    R"(["\x00"])",
    R"(["\\\"])",
    "[\"\\\t\"]",
    "[\"\\\xf0\x9f\x8c\x80\"]",
    R"(["\"])",
    R"(["\u00A"])",
    R"(["\uD834\uDd"])",
    R"(["\uD800\uD800\x"])",
    R"(["\u\xe5"])",
    R"(["\a"])",
    R"(["\uqqqq"])",
    "[\"\\\xe5\"]",
    "[\\u0020\"asd\"]",
    "[\\n]",
    "\"",
    "['single quote']",
    "abc",
    "[\"\\",
    "[\"new\nline\"]",
    "[\"\t\"]",
    "[\"\x01\"]",
    "[\"\x1f\"]",
    "\"\\UA66D\"",
    "[\"x\"]x",
    "<.>",
    "[<null>]",
    "[1]x",
    "[1]]",
    "[\"asd]",
    "a\xe5",
    "{\"a\": true} \"x\"",
    "*",
    "[]\xef\xbb\xbf",
    "{\"a\":/*comment*/\"b\"}",
    "[\xe2\x81\xa0]",
    "\xef\xbb\xbf{}",
    "]",
    "{}}",
    "[][]",
    "{\"asd\":\"asd\"",
    "\xe5",
    "[\f]",
    "[\xc2\xa0]",
    // UTF-8: overlong, surrogates, too high, cut, stray.
    "[\"\xc0\xaf\"]",
    "[\"\xed\xa0\x80\"]",
    "[\"\xf4\xbf\xbf\xbf\"]",
    "[\"\xff\"]",
    "[\"\xe6\x97\xa5\xd1\x88\xfa\"]",
    "[\"\x81\"]",
    "[\"\xfc\x83\xbf\xbf\xbf\xbf\"]",
    "[\"\xe0\x80\xaf\"]",
    // Lone surrogates by escapes.
    R"(["\uDADA"])",
    R"(["\uD888\u1234"])",
    R"(["\uD800\n"])",
    R"(["\uDd1e\uD834"])",
    R"(["\ud800"])",
    R"(["\uDFAA"])",
    // Beyond a double.
    "[123123e100000]",
    "[-1e9999]",
    "[1.5e+9999]",
    // A member twice.
    R"({"a":"b","a":"c"})",
    R"({"a":"b","a":"b"})",
    R"({"a":1,"\u0061":2})",
    // A name with NUL, which nobody could ask for.
    R"({"foo\u0000bar": 42})",
    // Scalars are no documents here.
    "null",
    "1",
    "\"x\"",
    "true",
    "-0.1",
};

TEST(JsonVectors, TextsThatAreNotJson) {
    for (const std::string_view text : kOtherTexts) {
        EXPECT_FALSE(is_json(text)) << text;
    }
}

// AC-439: whatever stands in front of it, and behind.
TEST(JsonVectors, TextWithNulIsNotJson) {
    for (const char* value : {"1", "12345678901234567890", "1.5", "1e5", "-0",
                              "true", "false", "null", "\"x\"", "[]", "{}"}) {
        const std::string nul(1, '\0');
        for (const std::string& text :
             {in_array(value + nul), in_array(nul + value),
              in_array(value) + nul, nul + in_array(value),
              "{\"exp\":" + std::string(value) + nul + "}",
              "{\"exp\"" + nul + ":" + value + "}",
              "{\"a\":" + std::string(value) + "," + nul + "\"b\":1}",
              in_array("\"a" + nul + "b\"," + value),
              in_array(std::string(value) + "," + value) + nul + "x"}) {
            EXPECT_FALSE(is_json(text)) << value;
        }
        EXPECT_TRUE(is_json(in_array(value)) ||
                    value == "12345678901234567890"s);
    }
}

TEST(JsonVectors, NestingIsLimited) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_FALSE(is_json(nested(100'000)));
    EXPECT_FALSE(is_json(std::string(100'000, '[')));
    std::string objects;
    for (int i = 0; i < 50'000; ++i) {
        objects += "[{\"\":";
    }
    EXPECT_FALSE(is_json(objects));
    EXPECT_TRUE(is_json(nested(8)));
}

}  // namespace
}  // namespace base::json
