// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/grant_cache.hpp"

#include "oidc/fakes.hpp"

namespace oidc::test {
namespace {

using base::Errc;
using base::Seconds;
using credential::CachedGrant;
using credential::GrantCache;

class GrantStory : public World {
public:
    GrantCache place(std::string_view secret) {
        Visit visit(*this, Request{});
        auto made = GrantCache::of(
            visit.context(), {Method::client_credentials, "id", secret, ""});
        EXPECT_TRUE(made);
        return std::move(*made);
    }
    void grant(std::string_view secret) {
        CachedGrant kept;
        kept.granted.claims = "{}";
        place(secret).save(ports.grants(), kept, now, now + Seconds(60));
    }
    void refuse(std::string_view secret) {
        CachedGrant kept;
        kept.refusal = Errc::credentials_refused;
        place(secret).save(ports.grants(), kept, now, now + Seconds(5));
    }
    // What is kept for the secret, in a word.
    std::string kept(std::string_view secret) {
        const auto found = place(secret).load(ports.grants(), now);
        return !found           ? "nothing"
               : found->refusal ? std::string(base::word(*found->refusal))
                                : "grant";
    }
};

// AC-421: guesses take no place among the grants.
TEST(GrantCache, RefusalIsNotStoredAmongGrants) {
    GrantStory s;
    s.grant("right");
    for (int i = 0; i < 20; i++) {
        s.refuse(std::to_string(i));
        EXPECT_EQ(s.kept(std::to_string(i)), "credentials_refused");
    }
    EXPECT_EQ(s.ports.answers.size(), 1u);
    EXPECT_EQ(s.kept("right"), "grant");
    s.now += Seconds(5);
    EXPECT_EQ(s.kept("0"), "nothing");
}

// A secret that is refused now does not go on by what it was granted before.
TEST(GrantCache, RefusalEndsTheGrant) {
    GrantStory s;
    s.grant("right");
    s.refuse("right");
    s.now += Seconds(5);
    EXPECT_EQ(s.kept("right"), "nothing");
}

TEST(GrantCache, GrantIsOfTheSettingsItWasAskedForWith) {
    GrantStory s;
    s.grant("right");
    s.provider.grant_id++;
    EXPECT_EQ(s.kept("right"), "nothing");
}

}  // namespace
}  // namespace oidc::test
