// SPDX-License-Identifier: Apache-2.0
// Splits a compact JWS (RFC 7515 7.1) into its parts. Nothing is verified yet.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "jose/alg.hpp"

namespace jose {

inline constexpr std::size_t kMaxTokenBytes = 32 * 1024;
inline constexpr std::size_t kMaxTokenHeaderBytes = 4 * 1024;
inline constexpr std::size_t kMaxTokenPayloadBytes = 24 * 1024;
inline constexpr std::size_t kMaxKidBytes = 1024;

struct Limits {
    std::size_t token_bytes = kMaxTokenBytes;
    std::size_t header_bytes = kMaxTokenHeaderBytes;    // decoded
    std::size_t payload_bytes = kMaxTokenPayloadBytes;  // decoded
    std::size_t kid_bytes = kMaxKidBytes;
};

// The three parts of a token, into it, still base64url; none is empty.
struct JwsParts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signing_input;
};

struct JwsHeader {
    Alg alg;
    std::optional<std::string> kid;
    std::optional<std::string> typ;
};

struct Jws : JwsHeader {
    std::string_view signing_input;  // into the token
    std::string_view payload;        // into the token, still base64url
    std::string signature;           // decoded
};

// The order of checks is: length, characters, two dots, header (strict JSON
// object), alg known, crit, b64, zip and enc absent, kid and typ strings.
// jwk, jku, x5u and x5c are never read.
base::Result<Jws> parse_jws(std::string_view token, const Limits& = {});

// The steps of it, of which none but the last two look at characters: those of
// base64url alone can be read.
base::Result<JwsParts> split_jws(std::string_view token, const Limits& = {});
base::Result<JwsHeader> parse_jws_header(std::string_view encoded,
                                         const Limits& = {});
base::Result<std::string> decode_signature(std::string_view encoded);

// Whether the text has the three parts of a compact JWS (RFC 7515 7.1).
bool is_jwt(std::string_view token);

}  // namespace jose
