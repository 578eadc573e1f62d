// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "oidc/access/rules.hpp"

namespace oidc::test {
namespace {

// AC-440.
TEST(EmptyValue, SaysNothing) {
    for (const char* text :
         {"", "0", "0.0", "-0", "-0.0", "0.000", "0e0", "0.0e5", "null",
          "false", "[]", "{}", "[null]", "[null,null]", "[[],{}]", "[ ]"}) {
        EXPECT_TRUE(access::is_empty_value(text)) << text;
    }
}

TEST(EmptyValue, AnythingElseSaysSomething) {
    for (const char* text :
         {"1",   "true", "no",      "nullable",  "falsehood",
          "0x0", "00a",  "0.1",     "-1",        "e",
          ".",   "[0]",  "[false]", "[\"\"]",    "{\"a\":null}",
          "[1]", "jane", " ",       "null,null", "10"}) {
        EXPECT_FALSE(access::is_empty_value(text)) << text;
    }
}

}  // namespace
}  // namespace oidc::test
