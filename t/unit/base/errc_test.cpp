// Reason words, what they lead to, and times that do not wrap.
#include "base/errc.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace base {
namespace {

constexpr Errc kAll[] = {
#define X(word, outcome, sentence) Errc::word,
#include "base/errors.def"
#undef X
};

TEST(Errc, HasAWordAndASentenceOfItsOwn) {
    std::set<std::string_view> words;
    std::set<std::string_view> sentences;

    for (const Errc code : kAll) {
        EXPECT_TRUE(words.insert(word(code)).second) << word(code);
        EXPECT_TRUE(sentences.insert(sentence(code)).second) << word(code);
        EXPECT_FALSE(sentence(code).ends_with('.')) << word(code);
        EXPECT_FALSE(sentence(code).empty()) << word(code);
        EXPECT_EQ(Error(code).why, sentence(code));
    }
}

TEST(Errc, LeadsToItsOutcome) {
    EXPECT_EQ(outcome(Errc::session_missing), Outcome::unauthenticated);
    EXPECT_EQ(outcome(Errc::authorization_malformed), Outcome::invalid_request);
    EXPECT_EQ(outcome(Errc::signature_invalid), Outcome::invalid_token);
    EXPECT_EQ(outcome(Errc::scope_missing), Outcome::forbidden);
    EXPECT_EQ(outcome(Errc::state_used), Outcome::callback);
    EXPECT_EQ(outcome(Errc::method_not_allowed), Outcome::not_allowed);
    EXPECT_EQ(outcome(Errc::idp_timeout), Outcome::unavailable);
    EXPECT_EQ(outcome(Errc::internal_error), Outcome::internal);
}

// A value that is none of the list is never an allowance.
TEST(Errc, OfNoMeaningIsAnInternalError) {
    const auto none = static_cast<Errc>(255);

    EXPECT_EQ(outcome(none), Outcome::internal);
    EXPECT_EQ(word(none), "internal_error");
    EXPECT_EQ(sentence(none), "internal error");
}

TEST(Result, HoldsAValueOrTheReason) {
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

// AC-082, AC-196.
TEST(Instant, NeverWraps) {
    EXPECT_EQ(saturating_add(Instant::max(), Seconds(1)), Instant::max());
    EXPECT_EQ(saturating_add(Instant::min(), Seconds(-1)), Instant::min());
    EXPECT_EQ(saturating_add(Instant::max(), Seconds::max()), Instant::max());
    EXPECT_EQ(saturating_add(Instant::min(), Seconds::min()), Instant::min());
    EXPECT_EQ(saturating_add(instant(1), Seconds(2)), instant(3));
    EXPECT_EQ(saturating_add(instant(1), Seconds(-2)), instant(-1));
    EXPECT_EQ(saturating_add(instant(0x7fffffff), Seconds(1)),
              instant(0x80000000));
}

}  // namespace
}  // namespace base
