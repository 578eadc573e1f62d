// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/navigation.hpp"

#include <gtest/gtest.h>

#include "oidc/browser.hpp"

namespace oidc::test {
namespace {

constexpr const char* kBrowserAccept =
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

Request person() {
    Request request;
    request.accept = kBrowserAccept;
    return request;
}

TEST(Navigation, RequestForAPageIsOne) {
    Request head = person();
    head.method = "HEAD";
    Request old = person();  // a browser without Fetch Metadata
    old.sec_fetch_mode = old.sec_fetch_dest = old.sec_fetch_site = "";

    EXPECT_TRUE(web::is_navigation(person().facts()));
    EXPECT_TRUE(web::is_navigation(head.facts()));
    EXPECT_TRUE(web::is_navigation(old.facts()));
}

TEST(Navigation, RequestOfAProgramIsNone) {  // AC-261
    EXPECT_FALSE(web::is_navigation(Request::fetch("/").facts()));
    EXPECT_FALSE(web::is_navigation(Request::plain("/").facts()));

    Request xhr = person();
    xhr.sec_fetch_mode = xhr.sec_fetch_dest = "";
    xhr.x_requested_with = "XMLHttpRequest";
    EXPECT_FALSE(web::is_navigation(xhr.facts()));

    Request websocket = person();
    websocket.sec_fetch_mode = websocket.sec_fetch_dest = "";
    websocket.upgrade = "websocket";
    EXPECT_FALSE(web::is_navigation(websocket.facts()));
    websocket = person();
    websocket.sec_fetch_mode = "websocket";
    EXPECT_FALSE(web::is_navigation(websocket.facts()));

    for (const char* accept :
         {"", "*/*", "application/json", "text/event-stream",
          "application/grpc", "image/avif,image/webp,*/*;q=0.8"}) {
        Request request = person();
        request.accept = accept;
        EXPECT_FALSE(web::is_navigation(request.facts())) << accept;
        request.sec_fetch_mode = request.sec_fetch_dest = "";
        EXPECT_FALSE(web::is_navigation(request.facts())) << accept;
    }
    for (const char* mode : {"cors", "no-cors", "same-origin", "Navigate"}) {
        Request request = person();
        request.sec_fetch_mode = mode;
        EXPECT_FALSE(web::is_navigation(request.facts())) << mode;
    }
}

// A script cannot send the mode.
TEST(Navigation, ModeOfABrowserGoesBeforeOtherSigns) {
    Request web_view = person();
    web_view.x_requested_with = "com.example.intranet";
    EXPECT_TRUE(web::is_navigation(web_view.facts()));

    Request service_worker = person();
    service_worker.sec_fetch_dest = "empty";
    EXPECT_TRUE(web::is_navigation(service_worker.facts()));
    service_worker.sec_fetch_mode = "same-origin";
    EXPECT_FALSE(web::is_navigation(service_worker.facts()));

    Request upgrade = person();
    upgrade.upgrade = "h2c";
    EXPECT_TRUE(web::is_navigation(upgrade.facts()));
}

TEST(Navigation, RequestByAnotherMethodIsNone) {
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get",
                               "PROPFIND", "CONNECT", ""}) {
        Request request = person();
        request.method = method;
        EXPECT_FALSE(web::is_navigation(request.facts())) << method;
    }
}

TEST(Navigation, FramesAndSubresourcesAreNone) {  // AC-262
    for (const char* dest : {"iframe", "frame", "embed", "object", "image",
                             "script", "worker", "Document"}) {
        Request request = person();
        request.sec_fetch_dest = dest;
        EXPECT_FALSE(web::is_navigation(request.facts())) << dest;
    }
}

TEST(Navigation, PrefetchesAreNone) {  // AC-131
    for (const char* purpose :
         {"prefetch", "prefetch;prerender", "prefetch; anonymous-client-ip",
          "Prefetch", "prerender", "preview"}) {
        Request request = person();
        request.sec_purpose = purpose;
        EXPECT_TRUE(web::is_prefetch(request.facts())) << purpose;
    }
    for (const char* purpose :
         {"", "prefetched", "no-prefetch", "x=prefetch"}) {
        Request request = person();
        request.sec_purpose = purpose;
        EXPECT_FALSE(web::is_prefetch(request.facts())) << purpose;
    }
}

Request preflight() {
    Request request;
    request.method = "OPTIONS";
    request.origin = "https://www.example.org";
    request.access_control_request_method = "POST";
    return request;
}

TEST(Preflight, IsRecognizedByItsHeaders) {  // AC-254
    EXPECT_TRUE(web::is_preflight(preflight().facts()));
}

TEST(Preflight, OtherRequestsAreNone) {  // AC-254
    const std::pair<const char*, void (*)(Request&)> cases[] = {
        {"GET", [](Request& r) { r.method = "GET"; }},
        {"options", [](Request& r) { r.method = "options"; }},
        {"no origin", [](Request& r) { r.origin = ""; }},
        {"no method asked for",
         [](Request& r) { r.access_control_request_method = ""; }},
        {"a body", [](Request& r) { r.has_body = true; }},
        {"a credential", [](Request& r) { r.authorization = {"Bearer x"}; }},
        {"a refresh token", [](Request& r) { r.refresh_tokens = {"x"}; }},
    };
    for (const auto& [name, spoil] : cases) {
        Request request = preflight();
        spoil(request);
        EXPECT_FALSE(web::is_preflight(request.facts())) << name;
    }
}

}  // namespace
}  // namespace oidc::test
