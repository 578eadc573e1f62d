// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/cookie_key.hpp"

#include "oidc/session_story.hpp"

namespace oidc::test {
namespace {

// The pieces behind scheme and host, or "none".
std::string pieces(std::string_view line) {
    Provider provider = SessionStory::in_cookies();
    session::SessionCookieKey credential(provider, "http", "app.example");
    credential.read(line);
    const auto found = credential.pieces();
    std::string out;
    for (std::size_t i = 5; i < found.size(); i++) {
        out.append(found[i]).append("|");
    }
    return found.empty() ? "none" : out;
}

TEST(SessionCookieKey, JoinsChunksInTheirOrder) {
    EXPECT_EQ(pieces("NGX_OIDC_SESSION=abc"), "abc|");
    EXPECT_EQ(pieces("NGX_OIDC_SESSION_1=b; NGX_OIDC_SESSION=2.a"), "a|b|");
    EXPECT_EQ(pieces("NGX_OIDC_SESSION=3.a; x=y; NGX_OIDC_SESSION_2=c; "
                     "NGX_OIDC_SESSION_1=b"),
              "a|b|c|");
}

TEST(SessionCookieKey, RefusesChunksThatDoNotFit) {  // AC-178, AC-179
    for (const char* line :
         {"", "NGX_OIDC_SESSION=", "NGX_OIDC_SESSION=2.a",
          "NGX_OIDC_SESSION_1=b", "NGX_OIDC_SESSION=2.a; NGX_OIDC_SESSION_2=b",
          "NGX_OIDC_SESSION=a; NGX_OIDC_SESSION_1=b",
          "NGX_OIDC_SESSION=2.a; NGX_OIDC_SESSION_1=b; NGX_OIDC_SESSION_1=b",
          "NGX_OIDC_SESSION=2.a; NGX_OIDC_SESSION_1=b; NGX_OIDC_SESSION_2=c",
          "NGX_OIDC_SESSION=9.a; NGX_OIDC_SESSION_1=b",
          "NGX_OIDC_SESSION=2.a; NGX_OIDC_SESSION_1=b.c",
          "__Host-NGX_OIDC_SESSION=a", "NGX_OIDC_SESSIONS=a"}) {
        EXPECT_EQ(pieces(line), "none") << line;
    }
}

TEST(SessionCookieKey, DetectsASessionCookie) {
    const Provider provider = generic_provider();
    session::SessionCookieKey none(provider, "https", "app.example");
    none.read("a=b; NGX_OIDC_SESSION=x; __Host-NGX_OIDC_SESSION_login_1=y");
    EXPECT_FALSE(none.has_any());
    session::SessionCookieKey one(provider, "https", "app.example");
    one.read("a=b; __Host-NGX_OIDC_SESSION=x");
    EXPECT_TRUE(one.has_any());
}

}  // namespace
}  // namespace oidc::test
