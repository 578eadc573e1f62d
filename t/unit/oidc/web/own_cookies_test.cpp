// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/own_cookies.hpp"

#include <gtest/gtest.h>

#include "oidc/browser.hpp"
#include "oidc/policy.hpp"
#include "oidc/web/own_origin.hpp"

namespace oidc::test {
namespace {

Request at(std::string scheme, std::string host) {
    Request request;
    request.scheme = std::move(scheme);
    request.host = std::move(host);
    return request;
}

std::string origin_at(const Provider& provider, std::string scheme,
                      std::string host) {
    const Request request = at(std::move(scheme), std::move(host));
    return web::own_origin(provider, request.facts());
}

TEST(Cookies, OriginIsThatOfTheRequest) {
    const Provider provider;

    EXPECT_EQ(origin_at(provider, "https", "app.example"),
              "https://app.example");
    EXPECT_EQ(origin_at(provider, "https", "app.example:8443"),
              "https://app.example:8443");
    EXPECT_EQ(origin_at(provider, "https", "app.example:443"),
              "https://app.example");
    EXPECT_EQ(origin_at(provider, "http", "[::1]:8080"), "http://[::1]:8080");
}

TEST(Cookies, OriginIsEmptyWithoutAHost) {
    const Provider provider;

    EXPECT_EQ(origin_at(provider, "https", ""), "");
    for (const char* host :
         {"a b", "evil@app.example", "app.example/x", "app.example#",
          "app.example?", "app.example/", "app.example:99999", "app.example:x",
          "\xc3\xa4.example"}) {
        EXPECT_EQ(origin_at(provider, "https", host), "") << host;
    }
}

TEST(Cookies, BaseUrlWinsOverTheRequest) {  // AC-193
    Provider provider;
    provider.base_url = "https://public.example";

    EXPECT_EQ(origin_at(provider, "http", "inner:8080"),
              "https://public.example");
    const Request request = at("http", "inner:8080");
    EXPECT_TRUE(web::is_secure(provider, request.facts().scheme));
    provider.base_url = "http://public.example:8080/";
    EXPECT_EQ(origin_at(provider, "https", "inner"),
              "http://public.example:8080");
}

TEST(Cookies, AreSecureByTheOrigin) {  // AC-190
    Provider provider;
    const Request https = at("https", "app.example");
    const Request http = at("http", "app.example");

    EXPECT_TRUE(web::is_secure(provider, https.facts().scheme));
    EXPECT_FALSE(web::is_secure(provider, http.facts().scheme));
    provider.cookie.secure = CookieSecure::on;
    EXPECT_TRUE(web::is_secure(provider, http.facts().scheme));
    provider.cookie.secure = CookieSecure::off;
    EXPECT_FALSE(web::is_secure(provider, https.facts().scheme));
}

TEST(Cookies, AreHostBoundByDefault) {  // AC-190
    Provider provider;
    const Request https = at("https", "app.example");
    const Request http = at("http", "app.example");

    EXPECT_EQ(web::session_cookie_name(provider, https.facts()),
              "__Host-NGX_OIDC_SESSION");
    EXPECT_EQ(web::session_cookie_name(provider, http.facts()),
              "NGX_OIDC_SESSION");

    const std::string field =
        base::set_cookie(web::session_cookie_name(provider, https.facts()), "v",
                         web::cookie_attributes(provider, https.facts()));
    EXPECT_NE(field.find("; Secure"), field.npos) << field;
    EXPECT_NE(field.find("; HttpOnly"), field.npos) << field;
    EXPECT_NE(field.find("; Path=/"), field.npos) << field;
    EXPECT_NE(field.find("; SameSite=Lax"), field.npos) << field;
    EXPECT_EQ(field.find("Domain"), field.npos) << field;
}

TEST(Cookies, HostPrefixIsUsedOnlyWhereBrowsersAcceptIt) {  // AC-191
    const Request https = at("https", "app.example");
    Provider path, domain, named, off;
    path.cookie.path = "/app";
    domain.cookie.domain = "example";
    named.cookie.name = "mine";
    named.cookie.bare_name = true;
    off.cookie.secure = CookieSecure::off;

    EXPECT_EQ(web::session_cookie_name(path, https.facts()),
              "NGX_OIDC_SESSION");
    EXPECT_EQ(web::session_cookie_name(domain, https.facts()),
              "NGX_OIDC_SESSION");
    EXPECT_EQ(web::session_cookie_name(named, https.facts()), "mine");
    named.cookie.bare_name = false;
    EXPECT_EQ(web::session_cookie_name(named, https.facts()), "__Host-mine");
    EXPECT_EQ(web::session_cookie_name(named, at("http", "a.b").facts()),
              "mine");
    EXPECT_EQ(web::session_cookie_name(off, https.facts()), "NGX_OIDC_SESSION");
    EXPECT_EQ(web::cookie_attributes(path, https.facts()).path, "/app");
    EXPECT_EQ(web::cookie_attributes(domain, https.facts()).domain, "example");
}

TEST(Cookies, LoginCookiesAreNamedByTheirState) {
    const Provider provider;
    const Request https = at("https", "app.example");

    EXPECT_EQ(web::login_cookie_name(provider, https.facts(), "abcdefghijkl"),
              "__Host-NGX_OIDC_SESSION_login_abcdefgh");
    EXPECT_EQ(web::login_cookie_name(provider, https.facts(), "ab"),
              "__Host-NGX_OIDC_SESSION_login_ab");
}

bool is_own_cookie(const Provider& provider, std::string_view name) {
    web::OwnCookieNames names;
    names.add(provider);
    return names.has(name);
}

TEST(Cookies, OwnCookiesAreRecognizedByName) {  // AC-186
    const Provider provider;

    for (const char* name :
         {"NGX_OIDC_SESSION", "__Host-NGX_OIDC_SESSION", "NGX_OIDC_SESSION_1",
          "__Host-NGX_OIDC_SESSION_4", "NGX_OIDC_SESSION_login_abcdefgh",
          "__Host-NGX_OIDC_SESSION_login_abcdefgh"}) {
        EXPECT_TRUE(is_own_cookie(provider, name)) << name;
    }
}

TEST(Cookies, SimilarNamesAreNotOwnCookies) {  // AC-184
    const Provider provider;

    for (const char* name :
         {"", "NGX_OIDC_SESSIO", "NGX_OIDC_SESSION2", "NGX_OIDC_SESSION_x",
          "NGX_OIDC_SESSION_", "NGX_OIDC_SESSION_1x", "NGX_OIDC_SESSION_123",
          "__host-NGX_OIDC_SESSION", "__Host-ngx_oidc_session",
          "__Secure-NGX_OIDC_SESSION", "_[Host-NGX_OIDC_SESSION",
          "__Host-__Host-NGX_OIDC_SESSION", "xNGX_OIDC_SESSION",
          "\xe2\x80\x80__Host-NGX_OIDC_SESSION", "NGX_OIDC_SESSION_loginx"}) {
        EXPECT_FALSE(is_own_cookie(provider, name)) << name;
    }
}

TEST(Cookies, ConfiguredNameMayHaveThePrefix) {
    Provider provider;
    provider.cookie.name = "__Host-mine";
    provider.cookie.bare_name = true;

    EXPECT_TRUE(is_own_cookie(provider, "__Host-mine"));
    EXPECT_TRUE(is_own_cookie(provider, "__Host-mine_login_abcdefgh"));
    EXPECT_FALSE(is_own_cookie(provider, "mine"));
}

TEST(Cookies, CookiesOfEachProviderAreRecognized) {
    web::OwnCookieNames names;
    EXPECT_FALSE(names.has("staff"));
    for (const char* name : {"staff", "b", "a_login_x", "staff"}) {
        Provider provider;
        provider.cookie.name = name;
        names.add(provider);
    }
    for (const char* own :
         {"staff", "__Host-staff", "staff_login_abcdefgh", "b", "b_12",
          "a_login_x", "a_login_x_1", "__Host-a_login_x_login_abcdefgh"}) {
        EXPECT_TRUE(names.has(own)) << own;
    }
    for (const char* other : {"", "_", "staffs", "bstaff", "a", "a_login_y",
                              "staff_123", "__Host-", "b_login"}) {
        EXPECT_FALSE(names.has(other)) << other;
    }
}

}  // namespace
}  // namespace oidc::test
