// SPDX-License-Identifier: Apache-2.0
// A result is its value or the reason why not, and no reason means yes.
#include "base/result.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Result, HoldsAValueOrAnError) {
    const Result<int> value = 1;
    const Result<int> error = Error{Errc::malformed, "why not"};

    EXPECT_TRUE(value);
    EXPECT_EQ(*value, 1);
    EXPECT_FALSE(error);
    EXPECT_EQ(error.error().code, Errc::malformed);
    EXPECT_EQ(error.error().why, "why not");
    EXPECT_TRUE(Status());
    EXPECT_FALSE(Status(Errc::malformed));
}

TEST(Result, UnknownErrorIsAnInternalError) {
    const auto none = static_cast<Errc>(255);

    EXPECT_EQ(outcome(none), Outcome::internal);
    EXPECT_EQ(word(none), "internal_error");
    EXPECT_EQ(sentence(none), "internal error");
}

}  // namespace
}  // namespace base
