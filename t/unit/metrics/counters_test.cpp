// SPDX-License-Identifier: Apache-2.0
#include "metrics/counters.hpp"
#include "oidc/policy.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <vector>

namespace metrics {
namespace {

class CountersTest : public ::testing::Test {
protected:
    CountersTest() {
        memory_ = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        std::fill_n(static_cast<char*>(memory_), kSize, '\x55');
        counters_ = Counters::create(memory_, kSize, 2, 3);
    }
    ~CountersTest() override { munmap(memory_, kSize); }

    static constexpr std::size_t kSize = 1 << 20;
    void* memory_;
    Counters* counters_;
};

TEST_F(CountersTest, BeginAtZero) {
    EXPECT_EQ(counters_->sum(0), Counts{});
    EXPECT_EQ(counters_->sum(2), Counts{});
}

TEST(Place, IsUniqueForEachCounter) {
    std::set<std::size_t> places;
    const auto take = [&](std::size_t place) {
        EXPECT_LT(place, kCounters);
        EXPECT_TRUE(places.insert(place).second) << place;
    };
    for (std::size_t m = 0; m < kWords<Method>.size(); m++) {
        for (std::size_t r = 0; r < kWords<Result>.size(); r++) {
            take(Place::requests(Method(m), Result(r)));
        }
    }
    for (std::size_t e = 0; e < kWords<Reason>.size(); e++) {
        take(Place::refusals(base::Errc(e)));
    }
    for (std::size_t c = 0; c < kWords<Call>.size(); c++) {
        for (std::size_t r = 0; r < kWords<CallResult>.size(); r++) {
            take(Place::calls(Call(c), CallResult(r)));
        }
        for (std::size_t b = 0; b <= kBuckets.size(); b++) {
            take(Place::latency(Call(c), b));
        }
        take(Place::latency_sum(Call(c)));
        for (std::size_t s = 0; s < kWords<Saving>.size(); s++) {
            take(Place::saved(Call(c), Saving(s)));
        }
    }
    for (std::size_t v = 0; v < kWords<Verdict>.size(); v++) {
        take(Place::verdicts(Verdict(v)));
    }
    EXPECT_EQ(places.size(), kCounters);
}

TEST(Words, AreTheWordsOfTheErrors) {
    for (std::size_t e = 0; e < kWords<Reason>.size(); e++) {
        EXPECT_EQ(kWords<Reason>[e], base::word(base::Errc(e)));
    }
}

TEST_F(CountersTest, AddUpOverWorkersAndNotOverProviders) {
    for (std::uint32_t worker : {0U, 1U, 1U}) {
        counters_->count({worker, 1},
                         Place::requests(Method::bearer, Result::allowed));
    }
    counters_->count({0, 2}, Place::refusals(base::Errc::token_expired));
    const Counts one = counters_->sum(1), two = counters_->sum(2);
    EXPECT_EQ(one[Place::requests(Method::bearer, Result::allowed)], 3u);
    EXPECT_EQ(one[Place::requests(Method::bearer, Result::refused)], 0u);
    EXPECT_EQ(one[Place::refusals(base::Errc::token_expired)], 0u);
    EXPECT_EQ(two[Place::refusals(base::Errc::token_expired)], 1u);
    EXPECT_EQ(counters_->sum(0), Counts{});
}

TEST_F(CountersTest, CallIsCountedInTheBucketOfItsLatency) {
    const auto at = [&](std::size_t bucket) {
        return counters_->sum(0)[Place::latency(Call::token_code, bucket)];
    };
    for (std::uint64_t us : {0, 5000, 5001, 10'000'000, 10'000'001}) {
        counters_->call({0, 0}, Call::token_code, CallResult::ok, us);
    }
    EXPECT_EQ(at(0), 2u);
    EXPECT_EQ(at(1), 1u);
    EXPECT_EQ(at(kBuckets.size() - 1), 1u);
    EXPECT_EQ(at(kBuckets.size()), 1u);
    const Counts counts = counters_->sum(0);
    EXPECT_EQ(counts[Place::latency_sum(Call::token_code)], 20'010'002u);
    EXPECT_EQ(counts[Place::calls(Call::token_code, CallResult::ok)], 5u);
}

TEST_F(CountersTest, SavedCallsAreReported) {
    counters_->count({0, 0},
                     Place::saved(Call::token_refresh, Saving::single_flight));
    const Counts counts = counters_->sum(0);
    EXPECT_EQ(counts[Place::saved(Call::token_refresh, Saving::single_flight)],
              1u);
    EXPECT_EQ(counts[Place::saved(Call::token_refresh, Saving::cache)], 0u);
}

TEST_F(CountersTest, VerdictsAreReported) {
    counters_->count({0, 0}, Place::verdicts(Verdict::checked));
    const Counts counts = counters_->sum(0);
    EXPECT_EQ(counts[Place::verdicts(Verdict::checked)], 1u);
    EXPECT_EQ(counts[Place::verdicts(Verdict::remembered)], 0u);
}

TEST_F(CountersTest, ExtraWorkerSharesASlotAndExtraProviderIsNotCounted) {
    counters_->count({2, 0}, Place::requests(Method::none, Result::refused));
    counters_->count({~0U, 0}, Place::requests(Method::none, Result::refused));
    counters_->count({0, 3}, Place::requests(Method::none, Result::refused));
    counters_->count({0, ~0U}, Place::requests(Method::none, Result::refused));
    EXPECT_EQ(counters_->sum(0)[Place::requests(Method::none, Result::refused)],
              2u);
    EXPECT_EQ(counters_->sum(1), Counts{});
    EXPECT_EQ(counters_->sum(3), Counts{});
    EXPECT_EQ(counters_->sum(~0U), Counts{});
}

TEST_F(CountersTest, NothingIsLostBetweenProcessesOfOneSlot) {
    constexpr int kEach = 20'000;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; i++) {
        children.push_back(fork());
        if (children.back() == 0) {
            for (int n = 0; n < kEach; n++) {
                counters_->count(
                    {0, 0}, Place::requests(Method::session, Result::allowed));
            }
            _exit(0);
        }
    }
    for (const pid_t child : children) {
        waitpid(child, nullptr, 0);
    }
    EXPECT_EQ(
        counters_->sum(0)[Place::requests(Method::session, Result::allowed)],
        4u * kEach);
}

TEST_F(CountersTest, RefuseTooLittleMemory) {  // AC-367
    const std::size_t need = Counters::bytes(2, 3);
    EXPECT_EQ(Counters::create(memory_, need - 1, 2, 3), nullptr);
    EXPECT_EQ(Counters::create(nullptr, need, 2, 3), nullptr);
    ASSERT_NE(Counters::create(memory_, need, 2, 3), nullptr);
    EXPECT_EQ(static_cast<char*>(memory_)[need], '\x55');
    EXPECT_EQ(Counters::bytes(0, 0), Counters::bytes(1, 1));
    EXPECT_EQ(Counters::bytes(~0U, ~0U),
              Counters::bytes(kMaxWorkers, kMaxProviders));
}

TEST_F(CountersTest, LayoutOfOtherCountersIsRefused) {  // AC-374
    EXPECT_EQ(Counters::attach(memory_), counters_);
    static_cast<unsigned char*>(memory_)[4] ^= 1;
    EXPECT_EQ(Counters::attach(memory_), nullptr);
}

}  // namespace
}  // namespace metrics
