// SPDX-License-Identifier: Apache-2.0
// Sessions in a store that several nginx share.
#include "oidc/refresh_story.hpp"
#include "oidc/session_story.hpp"

namespace oidc::test {
namespace {

using base::Errc;
using base::Seconds;

// Redis, which answers at once.
class FakeRedis final : public RemoteSessions {
public:
    struct Entry {
        std::uint64_t generation = 0;
        std::string bytes;
        base::Instant ends;
    };
    bool down = false;
    Seconds stale_time{60};
    std::map<SessionKey, Entry> entries;
    std::map<SessionKey, std::uint64_t>* changed = nullptr;  // while reading
    unsigned loads = 0;
    unsigned ends = 0;
    unsigned touches = 0;
    unsigned kept = 0;  // writes for later
    const base::Instant* now = nullptr;
    enum { free, others, renewed } lease = free;
    bool has_lease = false;

    bool is_up() override { return !down; }
    Seconds stale() override { return stale_time; }
    Progress<std::optional<RemoteRecord>> load(const SessionKey& key) override {
        loads++;
        if (down) {
            return Errc::store_unavailable;
        }
        RemoteRecord record;
        record.changes = changed ? (*changed)[key]++ : 0;
        record.missed = missed;
        const auto found = entries.find(key);
        if (found == entries.end() || found->second.ends <= *now) {
            return base::Result<std::optional<RemoteRecord>>(std::nullopt);
        }
        record.bytes = found->second.bytes;
        record.generation = found->second.generation;
        record.lasts = found->second.ends - *now;
        return base::Result<std::optional<RemoteRecord>>(record);
    }
    base::Secret& new_cookie() override { return cookie_; }
    Progress<void> save(const SessionKey& key, const crypto::Digest256& owner,
                        std::string_view bytes, Seconds lasts, base::Instant,
                        base::Instant) override {
        if (down) {
            return Errc::store_unavailable;
        }
        owners.push_back(owner);
        owned_by[owner].push_back({key, {}, *now + lasts});
        entries[key] = {1, std::string(bytes), *now + lasts};
        cookie_ = base::Secret();  // the next request is another one
        return base::Status();
    }
    Progress<bool> replace(const SessionKey& key, std::uint64_t generation,
                           std::string_view bytes, Seconds lasts) override {
        if (down) {
            kept++;
            return true;
        }
        const auto found = entries.find(key);
        if (found == entries.end() || found->second.generation != generation) {
            return false;
        }
        found->second = {generation + 1, std::string(bytes), *now + lasts};
        return true;
    }
    Progress<void> end(const SessionKey& key) override {
        if (down) {
            return Errc::store_unavailable;
        }
        ends++;
        entries.erase(key);
        return base::Status();
    }
    Progress<std::vector<OwnedSession>> owned(
        const crypto::Digest256& owner) override {
        if (down) {
            return Errc::store_unavailable;
        }
        return owned_by[owner];
    }
    void touch(const SessionKey& key, Seconds lasts) override {
        touches++;
        entries[key].ends = *now + lasts;
    }
    Progress<Lease> take_lease(const SessionKey& key, bool) override {
        if (down) {
            return Errc::store_unavailable;
        }
        has_lease = lease != others;
        return Lease{has_lease, entries[key].generation};
    }
    void end_lease(const SessionKey&) override { has_lease = false; }
    void forget(const SessionKey&) override {}

    std::uint64_t missed = 0;
    std::vector<crypto::Digest256> owners;
    std::map<crypto::Digest256, std::vector<OwnedSession>> owned_by;

private:
    base::Secret cookie_;
};

// One nginx of the fleet.
class Member : public SessionStory {
public:
    explicit Member(FakeRedis& redis) : SessionStory(provider_in_redis()) {
        ports.remote = &redis;
        redis.now = &now;
        hear();
    }
    static Provider provider_in_redis() {
        Provider p = generic_provider();
        p.store = &session::redis_store();
        return p;
    }
    void hear() { ports.heard = now; }
    // Somebody else has changed the session.
    void hear_of_changes() {
        ports.sessions.clear();
        hear();
    }
};

class RedisStore : public ::testing::Test {
public:
    // The browser of the first comes to the second.
    std::string at_second() {
        second.jar = first.jar;
        return second.load_afresh();
    }
    void pass(Seconds s) {
        first.now += s;
        second.now += s;
    }

    FakeRedis redis;
    Member first{redis};
    Member second{redis};
};

TEST_F(RedisStore, SessionOfOneNginxIsThatOfAnother) {
    ASSERT_EQ(first.save(), "saved");
    EXPECT_EQ(first.load(), "alice");
    EXPECT_EQ(at_second(), "alice");
}

TEST_F(RedisStore, StoredBytesShowNothing) {
    ASSERT_EQ(first.save(), "saved");
    const std::string& bytes = redis.entries.begin()->second.bytes;
    for (const char* word : {"alice", "the-access-token", "openid"}) {
        EXPECT_EQ(bytes.find(word), std::string::npos) << word;
    }
}

TEST_F(RedisStore, OwnerHasOneNameAtAllNginx) {
    ASSERT_EQ(first.save(), "saved");
    ASSERT_EQ(second.save(), "saved");
    ASSERT_EQ(second.save("bob"), "saved");
    ASSERT_EQ(redis.owners.size(), 3u);
    EXPECT_EQ(redis.owners[0], redis.owners[1]);
    EXPECT_NE(redis.owners[0], redis.owners[2]);
}

TEST_F(RedisStore, KnownSessionAsksNothing) {
    first.save();
    EXPECT_EQ(first.load(), "alice");
    const unsigned before = redis.loads;
    EXPECT_EQ(first.load_afresh(), "alice") << "by another worker";
    for (int i = 0; i < 5; i++) {
        EXPECT_EQ(first.load(), "alice");
    }
    EXPECT_EQ(redis.loads, before);
}

TEST_F(RedisStore, ChangeElsewhereIsSeenOnceItIsHeardOf) {
    first.save();
    EXPECT_EQ(at_second(), "alice");
    first.end();
    EXPECT_EQ(second.load(), "alice") << "not heard yet";
    second.hear_of_changes();
    EXPECT_EQ(second.load(), "session_expired");
}

TEST_F(RedisStore, SilenceMakesCopiesUncertain) {
    first.save();
    EXPECT_EQ(at_second(), "alice");
    redis.entries.clear();
    pass(Seconds(3));
    EXPECT_EQ(second.load(), "alice") << "still believed";
    pass(Seconds(1));
    EXPECT_EQ(second.load(), "session_expired");
}

TEST_F(RedisStore, MissedChangesMakeCopiesUncertain) {
    first.save();
    EXPECT_EQ(at_second(), "alice");
    redis.entries.clear();
    pass(Seconds(2));
    second.ports.missed_changes++;
    second.ports.logout_number++;  // as the shell does
    second.hear();
    EXPECT_EQ(second.load(), "session_expired");
}

TEST_F(RedisStore, CopyIsUsedForTwoSecondsWithoutNews) {
    second.ports.heard = base::Instant();
    first.save();
    EXPECT_EQ(at_second(), "alice");
    const unsigned before = redis.loads;
    EXPECT_EQ(second.load(), "alice");
    EXPECT_EQ(redis.loads, before);
    redis.entries.clear();
    pass(Seconds(2));
    EXPECT_EQ(second.load(), "session_expired");
}

TEST_F(RedisStore, WhatChangesWhileItIsReadIsNotKept) {
    first.save();
    second.jar = first.jar;
    redis.changed = &second.ports.changed;
    EXPECT_EQ(second.load(), "alice") << "for this request";
    EXPECT_TRUE(second.ports.sessions.empty());
}

TEST_F(RedisStore, KnownSessionOutlivesAnOutageForStale) {
    first.save();
    EXPECT_EQ(first.load(), "alice");
    redis.down = true;
    pass(Seconds(59));
    EXPECT_EQ(first.load_afresh(), "alice");
    pass(Seconds(1));
    EXPECT_EQ(first.load_afresh(), "store_unavailable");
    EXPECT_EQ(first.load(), "store_unavailable");
    redis.down = false;
    EXPECT_EQ(first.load(), "alice");
}

TEST_F(RedisStore, NoSessionOutlivesItsAccessTokenInAnOutage) {
    auto record = first.record();
    record.refresh_token = base::Secret();
    record.access_expires = first.now + Seconds(10);
    ASSERT_EQ(first.save(record), "saved");
    EXPECT_EQ(first.load(), "alice");
    redis.down = true;
    pass(Seconds(9));
    EXPECT_EQ(first.load_afresh(), "alice");
    pass(Seconds(1));
    EXPECT_EQ(first.load_afresh(), "store_unavailable");
}

TEST_F(RedisStore, UnknownSessionInAnOutageIsUnavailable) {
    first.save();
    redis.down = true;
    EXPECT_EQ(at_second(), "store_unavailable");
    EXPECT_EQ(first.save(), "store_unavailable");
}

TEST_F(RedisStore, ForeignRecordIsAFaultOfTheStore) {
    first.save();
    auto& entry = redis.entries.begin()->second;
    const std::string good = entry.bytes;
    entry.bytes.back() = static_cast<char>(entry.bytes.back() ^ 1);
    EXPECT_EQ(at_second(), "store_unavailable");
    entry.bytes = good;
    entry.generation = 2;
    EXPECT_EQ(at_second(), "store_unavailable") << "an older generation";
    entry.generation = 1;
    EXPECT_EQ(at_second(), "alice");
}

TEST_F(RedisStore, UseIsToldOnceInAQuarterOfTheIdleLimit) {
    first.provider.session_idle_timeout = Seconds(400);
    first.save();
    for (int i = 0; i < 99; i++) {
        EXPECT_EQ(first.load_afresh(), "alice");
        pass(Seconds(1));
        first.hear();
    }
    EXPECT_EQ(redis.touches, 0u);
    pass(Seconds(1));
    first.hear();
    for (int i = 0; i < 5; i++) {
        EXPECT_EQ(first.load_afresh(), "alice");
    }
    EXPECT_EQ(redis.touches, 1u);
    EXPECT_EQ(redis.entries.begin()->second.ends, first.now + Seconds(400));
}

TEST_F(RedisStore, MadeUpCookieWritesNothing) {
    first.save();
    first.jar = {};
    Visit visit(first, first.request_with(std::string(kSessionCookie) + "=" +
                                          std::string(43, 'A')));
    EXPECT_TRUE(session::end_session(visit.context(), first.now).result());
    EXPECT_EQ(redis.ends, 0u);
    EXPECT_EQ(redis.entries.size(), 1u);
}

TEST_F(RedisStore, LogoutInAnOutageFails) {
    first.save();
    EXPECT_EQ(first.load(), "alice");
    redis.down = true;
    Visit visit(first, first.request());
    auto progress = session::end_session(visit.context(), first.now);
    ASSERT_FALSE(progress.result());
    EXPECT_EQ(progress.result().error().code, Errc::store_unavailable);
}

TEST_F(RedisStore, FewCookiesAreLookedUp) {
    std::string many;
    for (int i = 0; i < 40; i++) {
        many += std::string(many.empty() ? "" : "; ") + kSessionCookie + "=" +
                std::string(42, 'A') + static_cast<char>('A' + i % 26);
    }
    first.load(first.request_with(many));
    EXPECT_LE(redis.loads, 16u);
}

// --- refresh -----------------------------------------------------------------

class RedisRefresh : public ::testing::Test {
public:
    RedisRefresh() {
        redis.now = &story.now;
        story.provider.store = &session::redis_store();
        story.ports.remote = &redis;
        story.ports.heard = story.now;
        EXPECT_EQ(summary(story.log_in()), "302");
    }
    void hear() { story.ports.heard = story.now; }

    FakeRedis redis;
    RefreshStory story;
};

TEST_F(RedisRefresh, RenewsUnderTheLease) {
    story.expire();
    hear();
    Asking asking = story.asks();
    EXPECT_EQ(asking.go(), "call");
    EXPECT_TRUE(redis.has_lease);
    EXPECT_EQ(asking.go_on(asking.reply(json_reply(story.rotated().text()))),
              "allow");
    EXPECT_EQ(asking.access_token(), "second-access-token");
    EXPECT_FALSE(redis.has_lease);
    EXPECT_EQ(redis.entries.begin()->second.generation, 2u);
}

TEST_F(RedisRefresh, AnotherNginxThatRenewsIsNotDisturbed) {
    story.almost_expire();
    hear();
    redis.lease = FakeRedis::others;
    EXPECT_EQ(story.visit(), "allow") << "with the old token";
    story.expire();
    hear();
    EXPECT_EQ(story.visit(), "503 idp_timeout");
}

TEST_F(RedisRefresh, RenewalElsewhereIsReadBeforeTheProviderIsAsked) {
    RefreshStory other;
    other.provider.store = &session::redis_store();
    other.ports.remote = &redis;
    story.expire();
    hear();
    other.now = other.ports.heard = story.now;
    other.jar = story.jar;
    // This nginx has not heard of what the other one does.
    EXPECT_EQ(summary(story.asks().begin()), "await");
    Asking there = other.asks();
    EXPECT_EQ(there.go(), "call");
    EXPECT_EQ(there.go_on(there.reply(json_reply(story.rotated().text()))),
              "allow");
    EXPECT_EQ(story.visit(), "allow") << "without a call";
}

TEST_F(RedisRefresh, RefusalIsBelievedOnlyOfTheNewestTokens) {
    story.expire();
    hear();
    Asking asking = story.asks();
    EXPECT_EQ(asking.go(), "call");
    EXPECT_EQ(
        asking.go_on(asking.reply(RefreshStory::refusal("invalid_grant"))),
        "302")
        << "the newest: the session ends";
    EXPECT_TRUE(redis.entries.empty());
}

TEST_F(RedisRefresh, TokensAreKeptIfTheStoreFails) {
    story.expire();
    hear();
    Asking asking = story.asks();
    EXPECT_EQ(asking.go(), "call");
    redis.down = true;
    EXPECT_EQ(asking.go_on(asking.reply(json_reply(story.rotated().text()))),
              "allow");
    EXPECT_EQ(redis.kept, 1u);
    EXPECT_EQ(story.visit(), "allow") << "by the copy";
}

TEST_F(RedisRefresh, NoLoginBeginsInAnOutage) {
    redis.down = true;
    story.jar = {};
    EXPECT_EQ(story.visit(), "503 store_unavailable");
}

}  // namespace
}  // namespace oidc::test
