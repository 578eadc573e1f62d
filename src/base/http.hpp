// SPDX-License-Identifier: Apache-2.0
// Parses and writes the few HTTP header fields that the module uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace base {

enum class Scheme { none, basic, bearer, other };

// The content of an Authorization field (RFC 9110 11.6.2, RFC 6750 2.1).
struct Authorization {
    Scheme scheme = Scheme::none;
    std::string_view credentials;  // into the header
};

// auth-scheme 1*SP credentials (RFC 9110 11.4). Empty header, scheme without
// credentials, blanks in front of the scheme, behind or inside the token,
// "Bearerx", a comma list: authorization_malformed. An unknown scheme is
// `other`. Bearer tokens hold b64token characters only.
Result<Authorization> parse_authorization(std::string_view header);
// Like parse_authorization, without validating the characters of a bearer token
// or of Basic credentials.
Result<Authorization> split_authorization(std::string_view header);
// b64token: what parse_authorization finds in both.
bool is_token68(std::string_view) noexcept;

struct BasicCredentials {
    std::string user;
    Secret password;
};
// RFC 7617: base64, split at the first colon, no control characters.
Result<BasicCredentials> parse_basic(std::string_view credentials);
// "Basic …" for a request to the provider; both parts are form-encoded first
// (RFC 6749 2.3.1).
Secret basic_client_authorization(std::string_view client_id,
                                  std::string_view client_secret);

// A quoted-string (RFC 9110 5.6.4); control characters and bytes above 0x7e
// become "?".
std::string quoted_string(std::string_view text);

// Whether a Content-Type names `type` ("application/json"): case and
// parameters do not matter; also true for "application/*+json" when
// `type` is "application/json".
bool media_type_is(std::string_view content_type, std::string_view type);

// Whether an Accept header ranks text/html above JSON and everything else
// that is not HTML; a missing or "*/*" header does not. Among equals the first
// one ranks higher.
bool prefers_html(std::string_view accept);

// The value in a header line of the field `name`, without blanks around it;
// none for a line of another field.
std::optional<std::string_view> field_value(std::string_view line,
                                            std::string_view name) noexcept;
// 1*DIGIT of 64 bits, as lengths and seconds are written (RFC 9110 8.6,
// 10.2.3); none for a sign, a blank, a list.
std::optional<std::uint64_t> parse_decimal(std::string_view) noexcept;

// field-value (RFC 9110 5.5): no control character but the tab.
bool is_header_safe(std::string_view value) noexcept;

// ASCII only, as header names and schemes compare.
bool equals_ignore_case(std::string_view a, std::string_view b) noexcept;

// Text as nginx's logs may hold it: printable ASCII, the rest and "\" as
// \xHH, cut at `max` bytes.
std::string log_safe(std::string_view text, std::size_t max = 200);

}  // namespace base
