// SPDX-License-Identifier: Apache-2.0
// Parses absolute http and https URLs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

// An absolute http or https URL without userinfo and fragment, free of
// blanks, control characters, backslashes and bytes above 0x7e (RFC 3986).
// Stricter than the RFC: the host is a DNS name or an address in its usual
// spelling, a port that is written is 1…65535 without leading zeros.
struct Url {
    static constexpr std::size_t kMaxLength = 4096;
    std::string scheme;  // lower case: "http" or "https"
    std::string host;    // lower case; an IPv6 address keeps its brackets
    std::uint16_t port;  // written, or the scheme's
    std::string path;    // "" or begins with "/"
    std::string query;   // without "?"

    static Result<Url> parse(std::string_view text);
    // scheme://host[:port], the port left out where it is the scheme's.
    std::string origin() const;
    // 127.0.0.0/8, [::1] and localhost.
    bool is_loopback() const noexcept;
};

}  // namespace base
