// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/kept_document.hpp"

namespace oidc::provider {
namespace {

using base::Seconds;

constexpr Seconds kStale{1000};
const base::Instant kFetched = base::instant(1'800'000'000);

const crypto::Digest256& our_keys() {
    static const crypto::Digest256 name = crypto::sha256("keys of ours");
    return name;
}

std::optional<KeptDocument> read_at(const std::string& bytes, Seconds later) {
    return read_kept(our_keys(), bytes, kFetched + later, kStale);
}

std::string kept_keys() {
    return write_kept(our_keys(), kFetched, "{\"keys\":[]}\n");
}

TEST(KeptDocument, IsReadAsItWasWritten) {
    const std::string bytes = kept_keys();
    const auto kept = read_at(bytes, Seconds{999});
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->text, "{\"keys\":[]}\n");
    EXPECT_EQ(kept->fetched, kFetched);
    EXPECT_LE(bytes.size() - kept->text.size(), kMaxKeptHeadBytes);
}

TEST(KeptDocument, StaleOneIsNotUsed) {
    EXPECT_FALSE(read_at(kept_keys(), kStale));
}

TEST(KeptDocument, OneOfTheFutureIsNotUsed) {
    const std::string bytes = kept_keys();
    EXPECT_FALSE(read_at(bytes, -kKeptClockSkew - Seconds{1}));
    // A clock that was a little ahead makes nobody younger.
    const auto kept = read_at(bytes, -kKeptClockSkew);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->fetched, kFetched - kKeptClockSkew);
}

TEST(KeptDocument, OneOfAnotherProviderIsNotUsed) {
    EXPECT_FALSE(read_kept(crypto::sha256("keys of others"), kept_keys(),
                           kFetched, kStale));
}

TEST(KeptDocument, EachChangedBitIsFound) {
    const std::string good = kept_keys();
    const std::size_t time = good.find(" 18") + 1;
    for (std::size_t bit = 0; bit < good.size() * 8; bit++) {
        const std::size_t at = bit / 8;
        if (at >= time && at < time + 10) {
            continue;  // the time is limited by `stale` alone
        }
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ (1 << bit % 8));
        EXPECT_FALSE(read_at(bad, Seconds{0})) << bit;
    }
}

TEST(KeptDocument, CutOneIsNotUsed) {
    const std::string good = kept_keys();
    for (std::size_t size = 0; size < good.size(); size++) {
        EXPECT_FALSE(read_at(good.substr(0, size), Seconds{0})) << size;
    }
    EXPECT_FALSE(read_at(good + "x", Seconds{0}));
}

TEST(KeptDocument, TimeThatIsNoNumberIsRefused) {
    std::string bad = kept_keys();
    const std::size_t time = bad.find(" 18") + 1;
    for (const char* text : {"", "x", "1e9", "0x1", "99999999999999999999",
                             "-9223372036854775808", "9223372036854775807"}) {
        std::string changed = bad;
        changed.replace(time, 10, text);
        EXPECT_FALSE(read_at(changed, Seconds{0})) << text;
    }
}

TEST(KeptDocument, FileNameLeadsNowhereElse) {
    const std::string name = file_name(our_keys());
    EXPECT_EQ(name.size(), 64u);
    EXPECT_EQ(name.find_first_not_of("0123456789abcdef"), name.npos);
    EXPECT_NE(name, file_name(crypto::sha256("keys of others")));
}

}  // namespace
}  // namespace oidc::provider
