// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/user_pool.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace ngx {

namespace {

// ^[a-z]{2}-(gov-)?[a-z]+-\d_[a-zA-Z0-9]+$ as AWS checks it.
bool split_pool_id(std::string_view id, std::string& region) {
    std::size_t underscore = id.find('_');
    if (underscore == id.npos || underscore + 1 == id.size()) {
        return false;
    }
    region = id.substr(0, underscore);
    for (char c : id.substr(underscore + 1)) {
        if (!is_alnum(c)) {
            return false;
        }
    }
    std::size_t dashes = 0;
    for (char c : region) {
        if (c != '-' && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
            return false;
        }
        dashes += c == '-';
    }
    return dashes >= 2 && region.back() >= '0' && region.back() <= '9';
}

bool is_path_segment(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || c == '-' || c == '_' || c == '.';
    });
}

}  // namespace

Complaint set_user_pool(ProviderConf& p, Args a, ngx_conf_t*) {
    if (!p.policy.issuer.empty()) {
        return "issuer is there already";
    }
    std::string region;
    // The name of a pool in an emulator can be anything.
    const bool is_known = split_pool_id(view(a[0]), region);
    if (!is_known && (a.size() != 2 || !is_path_segment(view(a[0])))) {
        return "\"" + std::string(view(a[0])) +
               "\" is not a user pool id like us-east-1_AbCdEfGhI";
    }
    std::string service = "https://cognito-idp." + region + ".amazonaws.com";
    if (a.size() == 2) {
        constexpr std::string_view kEndpoint = "endpoint=";
        if (!view(a[1]).starts_with(kEndpoint)) {
            return "\"endpoint=url\" expected";
        }
        ngx_str_t url = borrow(view(a[1]).substr(kEndpoint.size()));
        if (Complaint wrong = read_url(url, service); !wrong.empty()) {
            return wrong;
        }
        if (service.ends_with('/')) {
            service.pop_back();
        }
    }
    p.cognito_service = service;
    p.policy.issuer = service + "/" + std::string(view(a[0]));
    return {};
}

}  // namespace ngx
