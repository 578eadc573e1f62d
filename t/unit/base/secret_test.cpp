// SPDX-License-Identifier: Apache-2.0
// Secrets leave nothing behind where they were moved from (AC-331; what a
// core dump holds all the same is in docs/security.md).
#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace base {
namespace {

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);

// Whether the bytes of `object` itself hold `text` (a short string lives
// inside its object).
template <class T>
bool shows(const T& object, std::string_view text) {
    const std::string_view bytes(reinterpret_cast<const char*>(&object),
                                 sizeof object);
    return bytes.find(text) != std::string_view::npos;
}

TEST(Secret, TakesTheBytesAndWipesTheirString) {
    for (const std::string text : {"short", "long enough to be on the heap"}) {
        std::string source = text;
        const Secret secret = Secret::take(source);

        EXPECT_EQ(secret.reveal(), text);
        EXPECT_TRUE(source.empty());
        EXPECT_FALSE(shows(source, "hort"));
    }
}

TEST(Secret, LeavesNothingInWhatItWasMovedFrom) {
    Secret first("sesame");
    Secret second(std::move(first));

    EXPECT_EQ(second.reveal(), "sesame");
    EXPECT_FALSE(shows(first, "esame"));

    Secret third("other");
    third = std::move(second);
    EXPECT_EQ(third.reveal(), "sesame");
    EXPECT_FALSE(shows(second, "esame"));
    EXPECT_FALSE(shows(second, "ther"));
}

TEST(Secret, SurvivesBeingMovedToItself) {
    Secret secret("sesame");
    Secret& same = secret;

    secret = std::move(same);
    EXPECT_EQ(secret.reveal(), "sesame");
}

TEST(Secret, ClonesOnlyWhenAsked) {
    const Secret secret("sesame");
    const Secret clone = secret.clone();

    EXPECT_EQ(clone.reveal(), "sesame");
    EXPECT_NE(clone.reveal().data(), secret.reveal().data());
    EXPECT_EQ(clone.size(), 6);
    EXPECT_FALSE(clone.empty());
    EXPECT_TRUE(Secret().empty());
}

TEST(Wipe, OverwritesEveryByte) {
    char bytes[] = "secret";

    wipe(bytes, sizeof bytes);
    EXPECT_EQ(std::string_view(bytes, sizeof bytes),
              std::string(sizeof bytes, '\0'));
    wipe(nullptr, 0);
}

}  // namespace
}  // namespace base
