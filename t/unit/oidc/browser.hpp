// SPDX-License-Identifier: Apache-2.0
// Knows what a browser keeps of Set-Cookie and sends back, and what one
// request of it looks like to the core.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oidc/request_facts.hpp"

namespace oidc::test {

// A request and the memory its facts point into.
struct Request {
    std::string method = "GET";
    std::string uri = "/";  // as sent; its path counts as normalised
    std::string scheme = "https";
    std::string host = "app.example";
    std::vector<std::string> authorization;
    std::vector<std::string> cookies;  // header fields
    std::vector<std::string> refresh_tokens;
    std::string accept = "text/html";
    std::string sec_fetch_mode = "navigate";
    std::string sec_fetch_dest = "document";
    std::string sec_fetch_site = "none";
    std::string sec_purpose;
    std::string upgrade;
    std::string x_requested_with;
    std::string origin;
    std::string access_control_request_method;
    bool has_body = false;
    std::string content_type;
    std::string body;

    // What a script's fetch() looks like.
    static Request fetch(std::string uri) {
        Request r;
        r.uri = std::move(uri);
        r.accept = "application/json";
        r.sec_fetch_mode = "cors";
        r.sec_fetch_dest = "empty";
        r.sec_fetch_site = "same-origin";
        return r;
    }
    // What a program without a browser's manners sends.
    static Request plain(std::string uri) {
        Request r = fetch(std::move(uri));
        r.accept = "*/*";
        r.sec_fetch_mode = r.sec_fetch_dest = r.sec_fetch_site = "";
        return r;
    }

    RequestFacts facts() const {
        const std::string_view all = uri;
        const std::size_t mark = all.find('?');
        RequestFacts f;
        f.method = method;
        f.scheme = scheme;
        f.host = host;
        f.path = all.substr(0, mark);
        f.query = mark == all.npos ? "" : all.substr(mark + 1);
        f.request_uri = uri;
        f.authorization.assign(authorization.begin(), authorization.end());
        f.refresh_tokens.assign(refresh_tokens.begin(), refresh_tokens.end());
        f.cookies.assign(cookies.begin(), cookies.end());
        f.accept = accept;
        f.sec_fetch_mode = sec_fetch_mode;
        f.sec_fetch_dest = sec_fetch_dest;
        f.sec_fetch_site = sec_fetch_site;
        f.sec_purpose = sec_purpose;
        f.upgrade = upgrade;
        f.x_requested_with = x_requested_with;
        f.origin = origin;
        f.access_control_request_method = access_control_request_method;
        f.has_body = has_body;
        f.content_type = content_type;
        f.body = body;
        return f;
    }
};

class CookieJar {
public:
    struct Cookie {
        std::string name;
        std::string value;
        std::string attributes;  // "; Path=/; HttpOnly…"
    };

    // One Set-Cookie value, RFC 6265bis 5.7 as far as the core needs it.
    void take(std::string_view field) {
        const std::size_t semicolon = field.find(';');
        const std::string_view pair = field.substr(0, semicolon);
        const std::size_t equals = pair.find('=');
        Cookie c{
            std::string(pair.substr(0, equals)),
            equals == pair.npos ? "" : std::string(pair.substr(equals + 1)),
            semicolon == field.npos ? ""
                                    : std::string(field.substr(semicolon))};
        std::erase_if(cookies_,
                      [&](const Cookie& k) { return k.name == c.name; });
        if (c.attributes.find("Max-Age=0") == std::string::npos) {
            cookies_.push_back(std::move(c));
        }
    }
    void take(const std::vector<std::string>& fields) {
        for (const std::string& f : fields) {
            take(f);
        }
    }

    // Header fields for a request: none when empty.
    std::vector<std::string> fields() const {
        std::string all;
        for (const Cookie& c : cookies_) {
            all += (all.empty() ? "" : "; ") + c.name + "=" + c.value;
        }
        return all.empty() ? std::vector<std::string>{}
                           : std::vector<std::string>{all};
    }

    std::vector<Cookie>& cookies() { return cookies_; }
    const std::vector<Cookie>& cookies() const { return cookies_; }
    std::size_t size() const { return cookies_.size(); }
    const Cookie* find(std::string_view part_of_name) const {
        for (const Cookie& c : cookies_) {
            if (c.name.find(part_of_name) != std::string::npos) {
                return &c;
            }
        }
        return nullptr;
    }

private:
    std::vector<Cookie> cookies_;
};

}  // namespace oidc::test
