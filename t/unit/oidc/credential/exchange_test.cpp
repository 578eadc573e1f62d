// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/byte_io.hpp"
#include "crypto/aead.hpp"
#include "crypto/hmac.hpp"

#include "oidc/exchange_story.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc::test {
namespace {

using base::Seconds;
using testing::HasSubstr;
using testing::Not;

class CacheStory : public SwapStory {
public:
    CacheStory() {
        provider.audience.clear();
        provider.allowed_clients.clear();
        accept({Method::client_credentials});
        all_is_well();
    }
    void all_is_well() {
        provider_says = [this](const Call&) {
            return token_reply(machine_token(), expires_in);
        };
    }
    void says(ProviderReply (*reply)()) {
        provider_says = [reply](const Call&) { return reply(); };
    }
    void is_down() {
        says([] { return failed(ProviderReply::Failure::unreachable); });
    }
    void refuses() {
        says([] { return error_reply("invalid_client"); });
    }
    Request machine() const { return with_basic(kMachine, kMachineSecret); }
    std::string ask() { return outcome(machine()); }
    // Other requests come to other workers.
    std::string ask_elsewhere() {
        ports.forget_identities();
        return ask();
    }

    int expires_in = 3600;
};

// --- once ------------------------------------------------------------------

TEST(CredentialExchange, RepeatedCredentialMakesOneCall) {
    CacheStory s;
    EXPECT_EQ(s.ask(), "allow");
    for (int i = 0; i < 5; i++) {
        EXPECT_EQ(s.ask(), "allow");
        EXPECT_EQ(s.ask_elsewhere(), "allow");
    }
    EXPECT_EQ(s.calls.size(), 1u);
}

TEST(CredentialExchange, EveryPartOfTheCredentialIsPartOfTheKey) {  // AC-304
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    s.refuses();
    const std::string secret = kMachineSecret;
    for (const std::string& other :
         {secret + "x", secret.substr(1), secret.substr(0, secret.size() - 1),
          std::string("M") + secret.substr(1), secret + " "}) {
        EXPECT_EQ(s.outcome(s.with_basic(kMachine, other)),
                  "401 credentials_refused");
    }
    // Where the colon stands counts as well.
    EXPECT_EQ(s.outcome(s.with_basic(std::string(kMachine).substr(0, 25),
                                     "0" + secret)),
              "401 credentials_refused");
    EXPECT_EQ(s.calls.size(), 7u);
    EXPECT_EQ(s.ask_elsewhere(), "allow") << "and the right one still holds";
    EXPECT_EQ(s.calls.size(), 7u);
}

TEST(CredentialExchange, ScopeOfAnotherLocationIsAnotherGrant) {  // AC-311
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    s.require_scope({{{"kongresource/scope1"}}});
    ASSERT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.calls.size(), 2u);
    EXPECT_THAT(s.calls[1].body, HasSubstr("scope=kongresource%2Fscope1"));

    s.require_scope({{{"kongresource/scope2"}}});
    EXPECT_EQ(s.ask(), "403 scope_missing");
    EXPECT_EQ(s.calls.size(), 3u);
}

TEST(CredentialExchange, TheZoneHoldsNothingReadable) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    const std::string token =
        SigningKey::ours().token(s.machine_token().text());
    ASSERT_EQ(s.ports.answers.size(), 1u);
    for (const auto& [key, kept] : s.ports.answers) {
        for (const std::string& secret :
             {std::string(kMachineSecret), std::string(kMachine),
              token.substr(0, 40), token.substr(token.size() - 40),
              std::string("kongresource")}) {
            EXPECT_THAT(kept.first, Not(HasSubstr(secret)));
        }
        const auto plain_hash = crypto::sha256(kMachineSecret);
        EXPECT_NE(key, plain_hash);
    }
}

// Whoever reads the zone finds the zone's key as well.
TEST(CredentialExchange, GrantIsSealedByTheSecret) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    const auto& [name, kept] = *s.ports.answers.begin();
    const auto opens_with = [&, &n = name, &k = kept](
                                std::initializer_list<std::string_view> parts) {
        base::ByteWriter secret;
        for (const std::string_view part : parts) {
            secret.blob(part);
        }
        auto key = crypto::derive_key(secret.bytes(), "auth_oidc grant 1");
        auto aead = crypto::Aead::create(*key);
        return bool(aead->open(k.first, crypto::view(n)));
    };
    const std::string_view zone = s.ports.all().names_key();
    EXPECT_TRUE(opens_with({zone, kMachine, kMachineSecret}));
    EXPECT_FALSE(opens_with({zone, kMachine}));
    EXPECT_FALSE(opens_with({zone, kMachine, ""}));
    EXPECT_FALSE(opens_with({zone}));
    EXPECT_FALSE(opens_with({kMachine, kMachineSecret}));
}

TEST(CredentialExchange, AlteredGrantIsRequestedAnew) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    for (auto& [key, kept] : s.ports.answers) {
        kept.first[kept.first.size() / 2] ^= 1;
    }
    EXPECT_EQ(s.ask_elsewhere(), "allow");
    EXPECT_EQ(s.calls.size(), 2u);
}

TEST(CredentialExchange, GrantOpensInItsOwnSlotAlone) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    const auto stolen = s.ports.answers.begin()->second;
    s.refuses();
    EXPECT_EQ(s.outcome(s.with_basic(kMachine, "guess")),
              "401 credentials_refused");
    ASSERT_EQ(s.ports.refusals.size(), 1u);
    s.ports.answers[s.ports.refusals.begin()->first] = stolen;
    s.ports.refusals.clear();
    s.pass(1);
    EXPECT_EQ(s.outcome(s.with_basic(kMachine, "guess")),
              "401 credentials_refused");
    EXPECT_EQ(s.calls.size(), 3u);
}

TEST(CredentialExchange, CacheOffStoresOnlyRefusals) {
    CacheStory s;
    s.provider.token_cache = false;
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.calls.size(), 2u);
    EXPECT_TRUE(s.ports.answers.empty());

    s.refuses();
    EXPECT_EQ(s.ask(), "401 credentials_refused");
    EXPECT_EQ(s.ask(), "401 credentials_refused");
    EXPECT_EQ(s.calls.size(), 3u) << "nobody is locked out by polling";
}

// --- for how long ----------------------------------------------------------

TEST(CredentialExchange, GrantIsUsedForThreeQuartersOfItsLifetime) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    s.pass(2699);
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.ask_elsewhere(), "allow");
    EXPECT_EQ(s.calls.size(), 1u);
    s.pass(1);
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.calls.size(), 2u);
}

TEST(CredentialExchange, GrantIsUsedForTheConfiguredTime) {
    CacheStory s;
    s.provider.token_cache_ttl = Seconds{60};
    ASSERT_EQ(s.ask(), "allow");
    s.pass(59);
    EXPECT_EQ(s.ask_elsewhere(), "allow");
    EXPECT_EQ(s.calls.size(), 1u);
    s.pass(1);
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.calls.size(), 2u);
}

TEST(CredentialExchange, GrantNeverOutlivesTheTokenOrItsExpiresIn) {  // AC-310
    CacheStory s;
    s.provider.token_cache_ttl = Seconds{86400};
    s.expires_in = 100;
    ASSERT_EQ(s.ask(), "allow");
    s.pass(100);
    s.is_down();
    EXPECT_EQ(s.ask(), "503 idp_unreachable");

    CacheStory t;
    t.provider.token_cache_ttl = Seconds{86400};
    t.expires_in = 1000000;
    ASSERT_EQ(t.ask(), "allow");
    t.pass(3600);
    t.is_down();
    EXPECT_EQ(t.ask(), "503 idp_unreachable");
}

TEST(CredentialExchange, TokenWithoutALifetimeIsNotCached) {  // AC-312
    for (const int life : {0, -5}) {
        CacheStory s;
        s.expires_in = life;
        EXPECT_EQ(s.ask(), "allow");
        EXPECT_TRUE(s.ports.answers.empty());
        EXPECT_EQ(s.ask(), "allow");
        EXPECT_EQ(s.calls.size(), 2u);
    }
}

TEST(CredentialExchange, GrantEndsWithTheKeySet) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    s.ports.known_keys = s.key_set(SigningKey("another").jwks());
    s.ports.keys_generation++;
    EXPECT_EQ(s.ask(), "503 idp_malformed") << "no key of the provider fits";
    EXPECT_EQ(s.calls.size(), 2u);
}

// --- refusals and failures -------------------------------------------------

TEST(CredentialExchange, RefusedPasswordIsCached) {
    CacheStory s;
    s.refuses();
    for (int second = 0; second < 5; second++) {
        EXPECT_EQ(s.ask(), "401 credentials_refused");
        EXPECT_EQ(s.ask_elsewhere(), "401 credentials_refused");
        EXPECT_EQ(s.calls.size(), 1u) << second;
        s.pass(1);
    }
    s.all_is_well();
    EXPECT_EQ(s.ask(), "allow") << "a refusal is forgotten in seconds";
}

TEST(CredentialExchange, RefusalIsCachedForOneSecretAlone) {
    CacheStory s;
    s.refuses();
    EXPECT_EQ(s.outcome(s.with_basic(kMachine, "stale")),
              "401 credentials_refused");
    s.all_is_well();
    EXPECT_EQ(s.ask(), "allow");
}

TEST(CredentialExchange, ProviderFailureIsNoRefusal) {  // AC-410
    for (const auto& [reply, outcome] :
         {std::pair<ProviderReply (*)(), const char*>{
              [] { return SwapStory::error_reply("x", 429); },
              "503 idp_throttled"},
          {[] { return SwapStory::error_reply("x", 500); }, "503 idp_error"},
          {[] { return SwapStory::failed(ProviderReply::Failure::timeout); },
           "503 idp_timeout"}}) {
        CacheStory s;
        s.says(reply);
        const auto guest = s.serve(s.machine());
        EXPECT_EQ(guest->outcome(), outcome);
        EXPECT_TRUE(answer(guest->step()).retry_after);
        s.all_is_well();
        s.pass(2);
        EXPECT_EQ(s.ask(), "allow");
    }
}

TEST(CredentialExchange, ProviderFailureIsNotRetriedAtOnce) {  // AC-410
    CacheStory s;
    s.is_down();
    for (int i = 0; i < 50; i++) {
        EXPECT_EQ(s.ask_elsewhere(), "503 idp_unreachable");
    }
    EXPECT_EQ(s.calls.size(), 1u);
}

TEST(CredentialExchange, ValidGrantIsUsedInAnOutage) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    s.pass(2700);
    s.is_down();
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.calls.size(), 2u);
    EXPECT_EQ(s.ask_elsewhere(), "allow");
    EXPECT_EQ(s.calls.size(), 2u) << "and does not try each time";
    s.pass(10);
    EXPECT_EQ(s.ask(), "allow");
    EXPECT_EQ(s.calls.size(), 3u);
    s.pass(890);
    EXPECT_EQ(s.ask(), "503 idp_unreachable") << "until it ends";
}

TEST(CredentialExchange, RefusalEndsAValidGrant) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    s.pass(2700);
    s.refuses();
    EXPECT_EQ(s.ask(), "401 credentials_refused");
    EXPECT_EQ(s.ask_elsewhere(), "401 credentials_refused");
    EXPECT_EQ(s.calls.size(), 2u);
}

TEST(CredentialExchange, StoreFailureIsAnError) {
    CacheStory s;
    s.ports.answers_fail = true;
    EXPECT_EQ(s.ask(), "allow") << "the cache is no need";
    EXPECT_EQ(s.ask_elsewhere(), "allow");
    EXPECT_EQ(s.calls.size(), 2u);
}

// --- one call for many -----------------------------------------------------

TEST(CredentialExchange, OneCallsAndTheOthersWait) {
    CacheStory s;
    Guest leader(s, s.machine());
    ASSERT_TRUE(leader.waits_for(Await::What::flight));
    EXPECT_FALSE(leader.waits()->only_try);
    const auto key = leader.waits()->flight;
    leader.resume(true);
    ASSERT_TRUE(leader.call());

    Guest waiter(s, s.machine());
    ASSERT_TRUE(waiter.waits_for(Await::What::flight));
    EXPECT_EQ(waiter.waits()->flight, key);
    leader.reply(s.token_reply(s.machine_token()));
    EXPECT_EQ(leader.outcome(), "allow");
    EXPECT_EQ(s.ports.ended_turns, std::vector{key});

    waiter.resume(false);
    EXPECT_EQ(waiter.outcome(), "allow");
    Guest late(s, s.machine());
    EXPECT_EQ(late.outcome(), "allow");
    EXPECT_EQ(s.ports.ended_turns.size(), 1u) << "it was not their turn";
}

TEST(CredentialExchange, NextLeaderReadsTheCacheFirst) {
    CacheStory s;
    Guest waiter(s, s.machine());
    ASSERT_TRUE(waiter.waits_for(Await::What::flight));
    ASSERT_EQ(s.ask(), "allow");
    s.ports.ended_turns.clear();
    waiter.resume(true);
    EXPECT_EQ(waiter.outcome(), "allow");
    EXPECT_EQ(s.ports.ended_turns.size(), 1u);
}

TEST(CredentialExchange, LeaderThatLeavesEndsItsFlight) {
    CacheStory s;
    auto leader = std::make_unique<Guest>(s, s.machine());
    leader->resume(true);
    ASSERT_TRUE(leader->call());
    Guest waiter(s, s.machine());
    leader.reset();
    EXPECT_EQ(s.ports.ended_turns.size(), 1u);

    waiter.resume(false);
    ASSERT_TRUE(waiter.waits_for(Await::What::flight)) << "its turn next";
    waiter.resume(true);
    ASSERT_TRUE(waiter.call());
    waiter.reply(s.token_reply(s.machine_token()));
    EXPECT_EQ(waiter.outcome(), "allow");
}

TEST(CredentialExchange, FailureOfTheLeaderAnswersTheWaiters) {
    CacheStory s;
    Guest leader(s, s.machine());
    leader.resume(true);
    Guest first(s, s.machine());
    Guest second(s, s.machine());
    leader.reply(s.failed(ProviderReply::Failure::timeout));
    EXPECT_EQ(leader.outcome(), "503 idp_timeout");
    first.resume(false);
    EXPECT_EQ(first.outcome(), "503 idp_timeout");
    second.resume(true);
    EXPECT_EQ(second.outcome(), "503 idp_timeout");
    EXPECT_EQ(s.ports.ended_turns.size(), 2u);
}

TEST(CredentialExchange, WaitIsBounded) {
    CacheStory s;
    Guest waiter(s, s.machine());
    unsigned rounds = 0;
    while (waiter.waits_for(Await::What::flight) && rounds < 100) {
        waiter.resume(false);
        rounds++;
    }
    EXPECT_EQ(waiter.outcome(), "503 idp_timeout");
    EXPECT_EQ(rounds, provider::kMaxRounds);
    EXPECT_TRUE(s.ports.ended_turns.empty());
}

TEST(CredentialExchange, RenewalDoesNotDelayOthers) {
    CacheStory s;
    ASSERT_EQ(s.ask(), "allow");
    s.pass(2700);
    Guest renewing(s, s.machine());
    ASSERT_TRUE(renewing.waits_for(Await::What::flight));
    EXPECT_TRUE(renewing.waits()->only_try);
    renewing.resume(true);
    ASSERT_TRUE(renewing.call());

    Guest other(s, s.machine());
    ASSERT_TRUE(other.waits_for(Await::What::flight));
    EXPECT_TRUE(other.waits()->only_try);
    other.resume(false);
    EXPECT_EQ(other.outcome(), "allow") << "with the old one";

    renewing.reply(s.token_reply(s.machine_token()));
    EXPECT_EQ(renewing.outcome(), "allow");
    EXPECT_EQ(s.ask_elsewhere(), "allow");
    EXPECT_EQ(s.calls.size(), 1u);
}

// --- before the provider is known ------------------------------------------

TEST(CredentialExchange, WaitsForTheMetadataOnce) {
    CacheStory s;
    const Metadata metadata = *s.ports.known_metadata;
    s.ports.known_metadata.reset();
    Guest guest(s, s.machine());
    ASSERT_TRUE(guest.waits_for(Await::What::metadata));
    Guest unlucky(s, s.machine());
    unlucky.resume(false);
    EXPECT_EQ(unlucky.outcome(), "503 idp_unreachable");

    s.ports.known_metadata = metadata;
    guest.resume(true);
    EXPECT_TRUE(guest.waits_for(Await::What::flight));
}

TEST(CredentialExchange, WaitsForTheKeysAfterTheToken) {
    CacheStory s;
    const std::string jwks = SigningKey::ours().jwks();
    s.ports.known_keys.reset();
    Guest guest(s, s.machine());
    guest.resume(true);
    guest.reply(s.token_reply(s.machine_token()));
    ASSERT_TRUE(guest.waits_for(Await::What::keys));
    EXPECT_TRUE(s.ports.answers.empty()) << "nothing unproven is kept";

    s.ports.known_keys = s.key_set(jwks);
    guest.resume(true);
    EXPECT_EQ(guest.outcome(), "allow");
}

TEST(CredentialExchange, MissingKeysAreAFailure) {
    CacheStory s;
    s.ports.known_keys.reset();
    Guest guest(s, s.machine());
    guest.resume(true);
    guest.reply(s.token_reply(s.machine_token()));
    guest.resume(false);
    EXPECT_EQ(guest.outcome(), "503 keys_unavailable");
    EXPECT_EQ(s.ports.ended_turns.size(), 1u);
}

// --- kept bytes ------------------------------------------------------------

TEST(ExchangeId, DiffersBetweenLocations) {
    Location a;
    a.methods.add(Method::client_credentials);
    Location b = a;
    EXPECT_EQ(credential::exchange_id(a), credential::exchange_id(b));
    b.methods.add(Method::password);
    EXPECT_NE(credential::exchange_id(a), credential::exchange_id(b));
    b = a;
    a.scopes = {{{"x", "y"}}};
    b.scopes = {{{"x"}, {"y"}}};
    EXPECT_NE(credential::exchange_id(a), credential::exchange_id(b));
    b.scopes = {{{"x"}}, {{"y"}}};
    EXPECT_NE(credential::exchange_id(a), credential::exchange_id(b));
    b.scopes = {{{"xy"}}};
    EXPECT_NE(credential::exchange_id(a), credential::exchange_id(b));
}

}  // namespace
}  // namespace oidc::test
