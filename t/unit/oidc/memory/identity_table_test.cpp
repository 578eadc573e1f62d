// SPDX-License-Identifier: Apache-2.0
#include "oidc/memory/identity_table.hpp"

#include <gtest/gtest.h>

#include "oidc/fakes.hpp"
#include "oidc/policy.hpp"
#include "oidc/session/sessions.hpp"

namespace oidc::test {
namespace {

constexpr std::uint64_t kPolicy = 1;

IdentityRef somebody(std::string_view sub) {
    auto claims =
        jose::Claims::parse(R"({"sub":")" + std::string(sub) + R"("})");
    EXPECT_TRUE(claims);
    return share(
        identify(generic_provider(), Method::bearer, std::move(*claims)));
}

memory::IdentityTable::Entry entry(std::string_view sub) {
    return {.identity = somebody(sub),
            .until = kNow,
            .generation = 1,
            .handle = {},
            .touched = kNow};
}

std::string user(memory::IdentityTable& cache, std::uint64_t policy,
                 std::string_view credential) {
    auto* found = cache.find(policy, credential);
    return found ? found->identity->user : "nobody";
}

TEST(IdentityTable, FindsWhatWasInserted) {
    memory::IdentityTable cache(16, 42);
    cache.put(kPolicy, "token", entry("alice"));

    EXPECT_EQ(user(cache, kPolicy, "token"), "alice");
    cache.put(kPolicy, "token", entry("bob"));
    EXPECT_EQ(user(cache, kPolicy, "token"), "bob") << "replaced";
}

TEST(IdentityTable, EveryByteCounts) {  // AC-304
    memory::IdentityTable cache(1024, 42);
    std::string token(1000, 't');
    cache.put(kPolicy, token, entry("alice"));

    for (std::size_t i = 0; i < token.size(); i++) {
        std::string other = token;
        other[i] = 'u';
        EXPECT_EQ(user(cache, kPolicy, other), "nobody") << i;
        EXPECT_EQ(user(cache, kPolicy, token.substr(0, i)), "nobody") << i;
    }
    EXPECT_EQ(user(cache, kPolicy, token + "t"), "nobody");
    EXPECT_EQ(user(cache, kPolicy, token + '\0'), "nobody");
    EXPECT_EQ(user(cache, kPolicy, ""), "nobody");
    EXPECT_EQ(user(cache, kPolicy, token), "alice");
}

TEST(IdentityTable, PoliciesAreSeparate) {  // AC-311
    memory::IdentityTable cache(16, 42);
    cache.put(1, "token", entry("alice"));
    cache.put(2, "token", entry("bob"));

    EXPECT_EQ(user(cache, 1, "token"), "alice");
    EXPECT_EQ(user(cache, 2, "token"), "bob");
    EXPECT_EQ(user(cache, 3, "token"), "nobody");
}

TEST(IdentityTable, DoesNotFindWhatWasErased) {
    memory::IdentityTable cache(16, 42);
    cache.put(kPolicy, "token", entry("alice"));
    cache.erase(2, "token");
    cache.erase(kPolicy, "other");
    EXPECT_EQ(user(cache, kPolicy, "token"), "alice");

    cache.erase(kPolicy, "token");
    EXPECT_EQ(user(cache, kPolicy, "token"), "nobody");
}

TEST(IdentityTable, NeverGrows) {
    memory::IdentityTable cache(8, 42);
    for (int i = 0; i < 1000; i++) {
        cache.put(kPolicy, "token " + std::to_string(i), entry("alice"));
    }
    int kept = 0;
    for (int i = 0; i < 1000; i++) {
        kept += cache.find(kPolicy, "token " + std::to_string(i)) ? 1 : 0;
    }
    EXPECT_LE(kept, 8);
    EXPECT_GE(kept, 4) << "and is not left empty";
}

TEST(IdentityTable, EvictsTheLeastRecentlyUsed) {
    memory::IdentityTable cache(4, 42);  // one bucket
    for (const char* token : {"a", "b", "c", "d"}) {
        cache.put(kPolicy, token, entry(token));
    }
    EXPECT_EQ(user(cache, kPolicy, "a"), "a");
    cache.put(kPolicy, "e", entry("e"));

    EXPECT_EQ(user(cache, kPolicy, "a"), "a") << "used a moment ago";
    EXPECT_EQ(user(cache, kPolicy, "b"), "nobody");
    EXPECT_EQ(user(cache, kPolicy, "e"), "e");
}

TEST(IdentityTable, LongCredentialsAreNotKept) {
    memory::IdentityTable cache(16, 42);
    const std::string longest(memory::IdentityTable::kMaxCredentialBytes, 'x');
    cache.put(kPolicy, longest, entry("alice"));
    cache.put(kPolicy, longest + 'x', entry("bob"));

    EXPECT_EQ(user(cache, kPolicy, longest), "alice");
    EXPECT_EQ(user(cache, kPolicy, longest + 'x'), "nobody");
}

TEST(IdentityTable, IdentityOutlivesItsEntry) {
    memory::IdentityTable cache(1, 42);
    cache.put(kPolicy, "token", entry("alice"));
    const IdentityRef held = cache.find(kPolicy, "token")->identity;
    cache.erase(kPolicy, "token");
    for (int i = 0; i < 100; i++) {
        cache.put(kPolicy, std::to_string(i), entry("bob"));
    }
    EXPECT_EQ(held->user, "alice");
}

TEST(IdentityTable, ZeroCapacityStillHoldsAnEntry) {
    memory::IdentityTable cache(0, 0);
    cache.put(0, "", entry("alice"));
    EXPECT_EQ(user(cache, 0, ""), "alice");
}

TEST(Identity, UserIsTheFirstClaimPresent) {
    const auto identity_of = [](std::string json) {
        auto claims = jose::Claims::parse(std::move(json));
        EXPECT_TRUE(claims);
        return share(
            identify(generic_provider(), Method::bearer, std::move(*claims)));
    };

    EXPECT_EQ(identity_of(R"({"sub":"1","email":"a@b"})")->user, "a@b");
    EXPECT_EQ(identity_of(R"({"sub":"1","email":7})")->user, "1");
    EXPECT_EQ(identity_of(R"({"email":""})")->user, "");
    // AC-238: refused, and not replaced by the next claim.
    EXPECT_EQ(identity_of(R"({"sub":"1","email":"a\r\nX-Admin: 1"})")->user,
              "");
}

TEST(Identity, ReadsClientScopeAndExpiry) {
    auto claims = jose::Claims::parse(
        R"({"client_id":"c","azp":"z","scope":"b  a","exp":1790000060.5})");
    ASSERT_TRUE(claims);
    const auto identity =
        identify(generic_provider(), Method::bearer, std::move(*claims));

    EXPECT_EQ(identity->client_id, "c");
    EXPECT_EQ(identity->scope, "b a");
    EXPECT_EQ(identity->expires, kNow + base::Seconds{60});
    EXPECT_EQ(identity->provider, "idp");

    auto azp = jose::Claims::parse(R"({"azp":"z","aud":"client-1"})");
    EXPECT_EQ(identify(generic_provider(), Method::bearer, std::move(*azp))
                  ->client_id,
              "z");
    auto aud = jose::Claims::parse(R"({"aud":["client-1"]})");
    EXPECT_EQ(identify(generic_provider(), Method::bearer, std::move(*aud))
                  ->client_id,
              "client-1");
    auto other = jose::Claims::parse(R"({"aud":["client-2"]})");
    EXPECT_EQ(identify(generic_provider(), Method::bearer, std::move(*other))
                  ->client_id,
              "");
}

}  // namespace
}  // namespace oidc::test
