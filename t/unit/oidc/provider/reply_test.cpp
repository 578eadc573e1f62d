// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/reply.hpp"

#include "oidc/refresh_story.hpp"

namespace oidc::test {
namespace {

using base::Errc;
using provider::outcome_of;

ProviderReply of_status(unsigned status) {
    ProviderReply reply;
    reply.status = status;
    return reply;
}

TEST(CallOutcome, FollowsFromTheStatus) {
    EXPECT_EQ(outcome_of(of_status(200), std::nullopt), CallOutcome::ok);
    EXPECT_EQ(outcome_of(of_status(204), std::nullopt), CallOutcome::ok);
    EXPECT_EQ(outcome_of(of_status(302), Errc::idp_error),
              CallOutcome::malformed);
    EXPECT_EQ(outcome_of(of_status(400), Errc::code_refused),
              CallOutcome::refused);
    EXPECT_EQ(outcome_of(of_status(429), Errc::idp_throttled),
              CallOutcome::throttled);
    EXPECT_EQ(outcome_of(of_status(500), Errc::idp_error),
              CallOutcome::unreachable);
}

TEST(CallOutcome, FollowsFromTheFailure) {
    using Failure = ProviderReply::Failure;
    for (const auto& [failure, outcome] :
         {std::pair(Failure::timeout, CallOutcome::timeout),
          std::pair(Failure::too_large, CallOutcome::malformed),
          std::pair(Failure::unreachable, CallOutcome::unreachable),
          std::pair(Failure::tls, CallOutcome::unreachable),
          std::pair(Failure::broken, CallOutcome::unreachable),
          std::pair(Failure::inner, CallOutcome::unreachable),
          std::pair(Failure::limited, CallOutcome::limited),
          std::pair(Failure::shed, CallOutcome::shed)}) {
        EXPECT_EQ(outcome_of(RefreshStory::broken(failure), Errc::idp_error),
                  outcome);
    }
}

TEST(CallOutcome, SuccessThatMakesNoSenseIsMalformed) {
    for (const Errc code : {Errc::idp_malformed, Errc::idp_too_large,
                            Errc::discovery_mismatch, Errc::malformed}) {
        EXPECT_EQ(outcome_of(of_status(200), code), CallOutcome::malformed);
    }
    EXPECT_EQ(outcome_of(of_status(200), Errc::id_token_missing),
              CallOutcome::ok)
        << "the reply made sense";
    EXPECT_EQ(outcome_of(of_status(400), Errc::idp_throttled),
              CallOutcome::throttled)
        << "Cognito's TooManyRequestsException";
}

// What the user is answered does not show it: the old token is still good.
TEST(CallOutcome, GarbledRefreshIsMalformedThoughTheSessionGoesOn) {
    RefreshStory story;
    story.almost_expire();
    Visit visit(story, Visit::with_cookies(story, Request{}));
    const auto flow = access::protect(visit.context());
    const Step waiting = flow->begin(story.now);
    ASSERT_EQ(summary(waiting), "await");
    ASSERT_TRUE(story.ports.take_flight(as<Await>(waiting)->flight));
    ASSERT_EQ(summary(flow->resumed(true, story.now)), "call");
    ProviderReply garbled = json_reply("{\"access_token\":");
    const Fetched fetched = flow->fetched(std::move(garbled), story.now);
    EXPECT_EQ(summary(fetched.step), "allow");
    EXPECT_EQ(fetched.outcome, CallOutcome::malformed);
}

}  // namespace
}  // namespace oidc::test
