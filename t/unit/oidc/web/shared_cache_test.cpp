// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/shared_cache.hpp"

#include <gtest/gtest.h>

namespace oidc::test {
namespace {

TEST(SharedCache, AnswerBecomesPrivate) {
    const struct {
        const char* sent;
        const char* expected;
    } cases[] = {
        {"", "private"},
        {"public", "private"},
        {"public, max-age=31536000", "private, max-age=31536000"},
        {"PUBLIC,S-MaxAge=9 , max-age=3", "private, max-age=3"},
        {"s-maxage = 9", "private"},
        {"no-store", "no-store"},
        {"public, No-Store", "public, No-Store"},
        {"private", "private"},
        {"private=\"x-a, public\", max-age=1", "private, max-age=1"},
        {"no-cache=\"set-cookie\", must-revalidate",
         "private, no-cache=\"set-cookie\", must-revalidate"},
        {"proxy-revalidate, immutable", "private, immutable"},
        {", ,", "private"},
        // Not the directives of these names.
        {"publicity, s-maxages=1", "private, publicity, s-maxages=1"},
        // A string that does not end may hide a directive.
        {"x=\"a, public", "private, no-store"},
        {"x=\"a\\\", public", "private, no-store"},
        {"x=\"a\\", "private, no-store"},
    };
    for (const auto& [sent, expected] : cases) {
        EXPECT_EQ(web::private_cache_control(sent), expected) << sent;
    }
}

TEST(SharedCache, HeadersOfSharedCachesAreKnown) {
    for (const char* name :
         {"expires", "surrogate-control", "cdn-cache-control",
          "cloudflare-cdn-cache-control", "edge-control", "x-accel-expires"}) {
        EXPECT_TRUE(web::is_for_shared_caches(name)) << name;
    }
    for (const char* name : {"cache-control", "etag", "vary", "age", "",
                             "x-expires", "surrogate-key"}) {
        EXPECT_FALSE(web::is_for_shared_caches(name)) << name;
    }
}

}  // namespace
}  // namespace oidc::test
