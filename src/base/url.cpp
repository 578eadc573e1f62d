// SPDX-License-Identifier: Apache-2.0
#include "base/url.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

#include "base/ascii.hpp"

namespace base {
namespace {

constexpr std::uint16_t default_port(std::string_view scheme) noexcept {
    return scheme == "https" ? 443 : 80;
}

std::string lower_case(std::string_view s) {
    std::string out(s);

    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

// RFC 3986 2: what may stand in a path or query, escapes whole.
bool is_path_or_query(std::string_view s) noexcept {
    for (std::size_t i = 0; i < s.size(); i++) {
        if (s[i] == '%') {
            if (i + 2 >= s.size() || hex_digit(s[i + 1]) < 0 ||
                hex_digit(s[i + 2]) < 0) {
                return false;
            }
            i += 2;
        } else if (!is_alnum(s[i]) && !one_of(s[i], "-._~!$&'()*+,;=:@/?")) {
            return false;
        }
    }
    return true;
}

template <std::size_t N>
bool is_address(int family, std::string_view text) noexcept {
    char copy[N];
    unsigned char address[16];

    if (text.size() >= N) {
        return false;
    }
    *std::copy(text.begin(), text.end(), copy) = '\0';
    return inet_pton(family, copy, address) == 1;
}

bool is_ipv4(std::string_view host) noexcept {
    return is_address<INET_ADDRSTRLEN>(AF_INET, host);
}

bool is_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= 63 &&
           std::all_of(label.begin(), label.end(), [](char c) {
               return is_alnum(c) || c == '-' || c == '_';
           });
}

// A name of DNS, or an IPv4 address in its one plain spelling: the WHATWG
// parser takes every host whose last label is a number for an address, so
// "2130706433" and "0x7f.1" would be the loopback under another name.
bool is_name_or_ipv4(std::string_view host) noexcept {
    std::string_view rest = host;
    std::string_view label;

    if (host.empty() || host.size() > 253) {
        return false;
    }
    for (;;) {
        const std::size_t dot = rest.find('.');

        label = rest.substr(0, dot);
        if (!is_label(label)) {
            return false;
        }
        if (dot == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(dot + 1);
    }

    const bool number = std::all_of(label.begin(), label.end(), is_digit) ||
                        label.starts_with("0x") || label.starts_with("0X");
    return !number || is_ipv4(host);
}

bool is_host(std::string_view host) noexcept {
    if (!host.starts_with('[')) {
        return is_name_or_ipv4(host);
    }
    return host.ends_with(']') &&
           is_address<INET6_ADDRSTRLEN>(AF_INET6,
                                        host.substr(1, host.size() - 2));
}

// 1…65535 without leading zeros; 0 for what is none.
std::uint16_t parse_port(std::string_view digits) noexcept {
    std::uint16_t port = 0;
    const char* end = digits.data() + digits.size();

    if (digits.starts_with('0')) {
        return 0;
    }
    const auto [stop, error] = std::from_chars(digits.data(), end, port);
    return error == std::errc{} && stop == end ? port : 0;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    Url url;

    if (text.size() > kMaxLength) {
        return Error{Errc::malformed, "the URL is longer than the limit"};
    }

    const std::size_t colon = text.find("://");
    url.scheme = lower_case(text.substr(0, std::min<std::size_t>(colon, 6)));
    if (colon == std::string_view::npos ||
        (url.scheme != "http" && url.scheme != "https")) {
        return Error{Errc::malformed, "the URL is not absolute http or https"};
    }
    text.remove_prefix(colon + 3);

    const std::size_t slash = std::min(text.find_first_of("/?"), text.size());
    std::string_view host = text.substr(0, slash);
    const std::string_view tail = text.substr(slash);
    const std::size_t port = host.find(':', host.find(']') + 1);

    url.port = default_port(url.scheme);
    if (port != std::string_view::npos) {
        url.port = parse_port(host.substr(port + 1));
        host = host.substr(0, port);
    }
    // No character of userinfo passes here: "@" is not one of a host.
    if (url.port == 0 || !is_host(host)) {
        return Error{Errc::malformed, "the URL's host or port is malformed"};
    }
    if (!is_path_or_query(tail)) {
        return Error{Errc::malformed, "the URL holds a forbidden character"};
    }

    const std::size_t question = std::min(tail.find('?'), tail.size());
    url.host = lower_case(host);
    url.path = tail.substr(0, question);
    url.query = tail.substr(std::min(question + 1, tail.size()));
    return url;
}

std::string Url::origin() const {
    std::string text = scheme + "://" + host;

    if (port != default_port(scheme)) {
        text.append(":").append(std::to_string(port));
    }
    return text;
}

bool Url::is_loopback() const noexcept {
    return host == "localhost" || host == "[::1]" ||
           (host.starts_with("127.") && is_ipv4(host));
}

}  // namespace base
