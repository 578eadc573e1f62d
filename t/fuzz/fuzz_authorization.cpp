// SPDX-License-Identifier: Apache-2.0
// Header fields that a client sends: credentials hold nothing but their own
// characters, and what we say of them can neither be split nor left.

#include <algorithm>
#include <string>

#include "base/base64url.hpp"
#include "base/http.hpp"
#include "hold.hpp"

namespace {

bool is_printable(char c) {
    return c >= 0x20 && c < 0x7f;
}

void check_basic(std::string_view credentials) {
    const auto basic = base::parse_basic(credentials);

    if (!basic) {
        return;
    }
    hold(basic->user.find(':') == std::string::npos);
    const std::string pair =
        basic->user + ":" + std::string(basic->password.reveal());
    hold(base::is_header_safe(pair));
    std::string encoded = base::base64_encode(pair);
    if (encoded != credentials) {
        encoded.erase(encoded.find_last_not_of('=') + 1);
    }
    hold(encoded == credentials);
}

void check_authorization(std::string_view header) {
    const auto parsed = base::parse_authorization(header);

    if (!parsed) {
        hold(parsed.error().code == base::Errc::authorization_malformed);
        return;
    }
    hold(parsed->scheme != base::Scheme::none);
    hold(!parsed->credentials.empty() && header.ends_with(parsed->credentials));
    if (parsed->scheme == base::Scheme::other) {
        return;
    }
    for (const char c : parsed->credentials) {
        hold(is_printable(c) && c != ' ' && c != ',' && c != '"');
    }
    if (parsed->scheme == base::Scheme::basic) {
        check_basic(parsed->credentials);
    }
}

// A quoted-string, read back.
std::string unquote(std::string_view quoted) {
    std::string out;

    hold(quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"');
    quoted = quoted.substr(1, quoted.size() - 2);
    for (std::size_t i = 0; i < quoted.size(); i++) {
        hold(quoted[i] != '"');
        if (quoted[i] == '\\') {
            hold(++i < quoted.size());
        }
        out.push_back(quoted[i]);
    }
    return out;
}

void check_texts(std::string_view input) {
    const std::string logged = base::log_safe(input);
    hold(logged.size() <= 200);
    hold(std::all_of(logged.begin(), logged.end(), is_printable));

    const std::string read = unquote(base::quoted_string(input));
    hold(read.size() == input.size());
    for (std::size_t i = 0; i < read.size(); i++) {
        hold(read[i] == (is_printable(input[i]) ? input[i] : '?'));
    }

    (void)base::prefers_html(input);
    hold(!base::media_type_is(input, "application/json") ||
         input.size() >= std::string_view("application/json").size() ||
         input.find('+') != std::string_view::npos);

    const auto url = base::base64url_decode(input);
    hold(!url || base::base64url_encode(*url) == input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const std::string_view input = text_of(data, size);

    check_authorization(input);
    check_basic(input);
    check_texts(input);
    return 0;
}
