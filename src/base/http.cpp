// SPDX-License-Identifier: Apache-2.0
#include "base/http.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/base64url.hpp"
#include "base/byte_block.hpp"
#include "base/percent_encoding.hpp"

namespace base {
namespace {

// The part before the next `separator`, off the front of `rest`.
std::string_view cut(std::string_view& rest, char separator) noexcept {
    return trim(take_until(rest, separator));
}

// A qvalue (RFC 9110 12.4.2) in thousandths, -1 for what is none.
int parse_q(std::string_view q) noexcept {
    if (q.empty() || q.size() > 5 || (q[0] != '0' && q[0] != '1') ||
        (q.size() > 1 && q[1] != '.')) {
        return -1;
    }

    int value = (q[0] - '0') * 1000;
    int unit = 100;
    for (char c : q.substr(std::min<std::size_t>(2, q.size()))) {
        if (!is_digit(c)) {
            return -1;
        }
        value += (c - '0') * unit;
        unit /= 10;
    }
    return value <= 1000 ? value : -1;
}

// The quality of one member of an Accept header; -1 for what makes no sense.
int quality(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        const std::string_view parameter = cut(parameters, ';');

        if (parameter.size() >= 2 && lower(parameter[0]) == 'q' &&
            parameter[1] == '=') {
            return parse_q(parameter.substr(2));
        }
    }
    return 1000;
}

}  // namespace

bool is_token68(std::string_view s) noexcept {
    const std::size_t last = s.find_last_not_of('=');

    if (last == std::string_view::npos) {
        return false;
    }
    return is_all_of(s.substr(0, last + 1), [](Block c) {
        // Digits stand behind "-", "." and "/".
        return is_alpha(c) | is_in(c, '-', '9') | is_one(c, '_') |
               is_one(c, '~') | is_one(c, '+');
    });
}

Result<Authorization> split_authorization(std::string_view header) {
    const std::size_t blank = header.find(' ');
    const std::size_t begin = header.find_first_not_of(' ', blank);
    const std::string_view scheme = header.substr(0, blank);

    if (blank == std::string_view::npos || begin == std::string_view::npos ||
        !is_token(scheme) || trim(header.substr(begin)).empty()) {
        return Errc::authorization_malformed;
    }

    Authorization authorization;
    authorization.credentials = header.substr(begin);
    if (equals_ignore_case(scheme, "bearer")) {
        authorization.scheme = Scheme::bearer;
    } else if (equals_ignore_case(scheme, "basic")) {
        authorization.scheme = Scheme::basic;
    } else {
        authorization.scheme = Scheme::other;
    }
    return authorization;
}

Result<Authorization> parse_authorization(std::string_view header) {
    auto authorization = split_authorization(header);

    if (authorization && authorization->scheme != Scheme::other &&
        !is_token68(authorization->credentials)) {
        return Errc::authorization_malformed;
    }
    return authorization;
}

Result<BasicCredentials> parse_basic(std::string_view credentials) {
    auto decoded = base64_decode(credentials);

    if (!decoded) {
        return Errc::authorization_malformed;
    }

    const Secret pair = Secret::take(*decoded);
    const std::string_view text = pair.reveal();
    const std::size_t colon = text.find(':');

    if (colon == std::string_view::npos ||
        std::any_of(text.begin(), text.end(), is_control)) {
        return Errc::authorization_malformed;
    }
    return BasicCredentials{std::string(text.substr(0, colon)),
                            Secret(text.substr(colon + 1))};
}

Secret basic_client_authorization(std::string_view client_id,
                                  std::string_view client_secret) {
    std::string id = percent_encode(client_id);
    std::string secret = percent_encode(client_secret);
    std::string pair;

    pair.reserve(id.size() + 1 + secret.size());
    pair.append(id).append(":").append(secret);

    std::string encoded = base64_encode(pair);
    std::string header;
    header.reserve(6 + encoded.size());
    header.append("Basic ").append(encoded);

    // Secrets wipe what they took.
    Secret::take(secret);
    Secret::take(pair);
    Secret::take(encoded);
    return Secret::take(header);
}

std::string quoted_string(std::string_view text) {
    std::string out = "\"";

    for (char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
        }
        out.push_back(is_printable(c) ? c : '?');
    }
    out.push_back('"');
    return out;
}

bool media_type_is(std::string_view content_type, std::string_view type) {
    constexpr std::string_view kPrefix = "application/";
    constexpr std::string_view kSuffix = "+json";
    const std::string_view given = cut(content_type, ';');

    if (equals_ignore_case(given, type)) {
        return true;
    }
    if (!equals_ignore_case(type, "application/json") ||
        given.size() <= kPrefix.size() + kSuffix.size()) {
        return false;
    }
    return equals_ignore_case(given.substr(0, kPrefix.size()), kPrefix) &&
           is_token(given.substr(kPrefix.size())) &&
           equals_ignore_case(given.substr(given.size() - kSuffix.size()),
                              kSuffix);
}

bool prefers_html(std::string_view accept) {
    int best = 0;
    bool html = false;

    if (accept == "*/*") {  // what programs send
        return false;
    }
    // The first of several with the same quality is used: browsers give images
    // the same quality as pages, and list them later.
    while (!accept.empty()) {
        std::string_view member = cut(accept, ',');
        const std::string_view type = cut(member, ';');
        const int q = quality(member);

        if (!type.empty() && q > best) {
            best = q;
            html = equals_ignore_case(type, "text/html") ||
                   equals_ignore_case(type, "application/xhtml+xml");
        }
    }
    return html;
}

std::optional<std::string_view> field_value(std::string_view line,
                                            std::string_view name) noexcept {
    line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    if (!equals_ignore_case(take_until(line, ':'), name)) {
        return std::nullopt;
    }
    return trim(line);
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
    const char* end = text.data() + text.size();
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, number);

    return error == std::errc() && stop == end ? std::optional(number)
                                               : std::nullopt;
}

bool is_header_safe(std::string_view value) noexcept {
    return is_all_of(value, [](Block c) {
        return (is_in(c, ' ', 0xff) & ~is_one(c, 0x7f)) | is_one(c, '\t');
    });
}

bool equals_ignore_case(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string log_safe(std::string_view text, std::size_t max) {
    std::string out;

    for (char c : text) {
        // The backslash too, so that an escape can only be one of ours.
        const bool plain = is_printable(c) && c != '\\';

        if (out.size() + (plain ? 1 : 4) > max) {
            break;
        }
        if (plain) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.append("\\x");
            out.push_back(kUpperHex[byte >> 4]);
            out.push_back(kUpperHex[byte & 0xf]);
        }
    }
    return out;
}

}  // namespace base
