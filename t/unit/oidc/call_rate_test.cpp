// SPDX-License-Identifier: Apache-2.0
#include "oidc/call_rate.hpp"

#include "oidc/profile.hpp"
#include "oidc/step.hpp"

namespace oidc {
namespace {

Urgency urgency_of_call(CallKind kind, bool of_session = false,
                        bool is_renewal = false) {
    Call call;
    call.kind = kind;
    call.of_session = of_session;
    call.is_renewal = is_renewal;
    return urgency(call);
}

TEST(CallRate, PeopleComeFirstAndRenewalsLast) {
    EXPECT_EQ(urgency_of_call(CallKind::token_code), Urgency::person);
    EXPECT_EQ(urgency_of_call(CallKind::password), Urgency::person);
    EXPECT_EQ(urgency_of_call(CallKind::revoke), Urgency::person);
    EXPECT_EQ(urgency_of_call(CallKind::token_refresh), Urgency::refresh);
    EXPECT_EQ(urgency_of_call(CallKind::token_client_credentials),
              Urgency::machine);
    EXPECT_EQ(urgency_of_call(CallKind::introspection), Urgency::machine);
    EXPECT_EQ(urgency_of_call(CallKind::userinfo), Urgency::machine);
    EXPECT_EQ(urgency_of_call(CallKind::userinfo, true), Urgency::person);
    EXPECT_EQ(urgency_of_call(CallKind::password, false, true),
              Urgency::renewal);
}

TEST(CallRate, LeavesAnEighthForEachThatIsMoreUrgent) {
    const CallRate all({CallKind::token_code, CallKind::token_refresh,
                        CallKind::token_client_credentials},
                       80);
    EXPECT_EQ(all.limit(Urgency::person), 80u);
    EXPECT_EQ(all.limit(Urgency::refresh), 70u);
    EXPECT_EQ(all.limit(Urgency::machine), 60u);
    EXPECT_EQ(all.limit(Urgency::renewal), 50u);
}

TEST(CallRate, LeavesNothingForCallsThatItIsNotAbout) {
    const CallRate machines({CallKind::token_client_credentials}, 80);
    EXPECT_EQ(machines.limit(Urgency::machine), 80u);
    EXPECT_EQ(machines.limit(Urgency::renewal), 70u);
}

TEST(CallRate, SmallOneIsNeverZero) {
    const CallRate one({CallKind::token_code, CallKind::introspection}, 1);
    EXPECT_EQ(one.limit(Urgency::renewal), 1u);
}

TEST(CallRate, EachKindOfCallAtCognitoHasOne) {
    const auto rates = traits(Profile::cognito).call_rates;
    for (const CallKind kind :
         {CallKind::token_code, CallKind::token_refresh, CallKind::password,
          CallKind::token_client_credentials, CallKind::revoke,
          CallKind::userinfo}) {
        EXPECT_TRUE(std::any_of(rates.begin(), rates.end(),
                                [&](CallRate r) { return r.has(kind); }));
    }
    EXPECT_TRUE(traits(Profile::generic).call_rates.empty());
}

}  // namespace
}  // namespace oidc
