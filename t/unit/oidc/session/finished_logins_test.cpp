// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/finished_logins.hpp"

#include <gmock/gmock.h>

#include "oidc/fakes.hpp"
#include "oidc/policy.hpp"

namespace oidc::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The Set-Cookie value after `count` logins.
std::string line_of(World& world, unsigned count) {
    Visit visit(world, Request{});
    return *session::remember_finished_logins(visit.context(), count,
                                              world.now);
}

unsigned count_at(World& world, const Request& request = {}) {
    Visit visit(world, Visit::with_cookies(world, request));
    return session::count_finished_logins(visit.context(), world.now);
}

TEST(FinishedLogins, CountComesBackToEachPath) {
    Provider p = generic_provider();
    p.cookie.path = "/app";
    p.cookie.same_site = base::SameSite::strict;
    World world(std::move(p));
    EXPECT_EQ(count_at(world), 0u);
    const std::string line = line_of(world, 2);
    EXPECT_THAT(line, StartsWith("__Host-NGX_OIDC_SESSION_logins="));
    EXPECT_THAT(line, HasSubstr("; Path=/; "));
    EXPECT_THAT(line, HasSubstr("; SameSite=Lax"));
    world.jar.take(line);
    EXPECT_EQ(count_at(world), 2u);
}

TEST(FinishedLogins, CountEndsWithLoginTimeout) {
    World world(generic_provider());
    world.jar.take(line_of(world, 3));
    world.now += world.provider.login_timeout - base::Seconds(1);
    EXPECT_EQ(count_at(world), 3u);
    world.now += base::Seconds(1);
    EXPECT_EQ(count_at(world), 0u);
}

TEST(FinishedLogins, CountOfAnotherProviderHostOrNameIsNone) {
    World world(generic_provider());
    world.jar.take(line_of(world, 3));
    Request elsewhere;
    elsewhere.host = "other.example";
    EXPECT_EQ(count_at(world, elsewhere), 0u);

    Provider p = generic_provider();
    p.client_id = "another-client";
    World other(std::move(p));
    other.jar = world.jar;
    EXPECT_EQ(count_at(other), 0u);
}

TEST(FinishedLogins, PrefixGoesWithADomainOrABareName) {
    Provider p = generic_provider();
    p.cookie.domain = "example";
    World world(std::move(p));
    EXPECT_THAT(line_of(world, 1),
                testing::AllOf(StartsWith("NGX_OIDC_SESSION_logins="),
                               HasSubstr("; Domain=example")));
}

TEST(FinishedLogins, NothingIsForgottenThatDidNotCome) {
    World world(generic_provider());
    Visit without(world, Request{});
    EXPECT_FALSE(session::forget_finished_logins(without.context()));
    world.jar.take(line_of(world, 1));
    Visit with(world, Visit::with_cookies(world, Request{}));
    const auto line = session::forget_finished_logins(with.context());
    ASSERT_TRUE(line);
    world.jar.take(*line);
    EXPECT_EQ(world.jar.size(), 0);
}

TEST(FinishedLogins, ReasonIsOutsideOfCookiePathOnlyThere) {
    Provider p = generic_provider();
    p.cookie.path = "/app";
    World world(std::move(p));
    for (const auto& [uri, is_outside] : {std::pair{"/", true},
                                          {"/application", true},
                                          {"/app", false},
                                          {"/app/page", false}}) {
        Request request;
        request.uri = uri;
        Visit visit(world, request);
        const auto error = session::login_does_not_stay(visit.context());
        EXPECT_EQ(error.code, base::Errc::login_loop);
        EXPECT_EQ(
            error.why.find("outside of cookie_path") != std::string_view::npos,
            is_outside)
            << uri;
    }
}

}  // namespace
}  // namespace oidc::test
