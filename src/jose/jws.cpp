// SPDX-License-Identifier: Apache-2.0
#include "jose/jws.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/byte_block.hpp"
#include "base/json.hpp"
#include "jose/claims.hpp"

namespace jose {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::json::Value;

bool is_of_tokens(std::string_view text) noexcept {
    return base::is_all_of(text, [](base::Block c) {
        return base::is_alnum(c) | base::is_in(c, '-', '.') |
               base::is_one(c, '_');
    });
}

Result<base::json::Document> header_document(std::string_view encoded,
                                             const Limits& limits) {
    if (encoded.size() * 3 / 4 > limits.header_bytes) {
        return Error{Errc::header_malformed,
                     "the token's header is longer than the limit"};
    }

    const auto text = base::base64url_decode(encoded);
    if (!text) {
        return Error{Errc::header_malformed,
                     "the token's header is not base64url"};
    }

    auto document = base::json::Document::parse(
        *text, {.bytes = limits.header_bytes, .depth = kMaxClaimsDepth});
    if (!document || !document->root().is_object()) {
        return Error{Errc::header_malformed,
                     "the token's header is not a strict JSON object"};
    }
    return document;
}

Result<Alg> read_alg(Value header) {
    const auto text = header.member("alg").string();

    if (!text) {
        return Error{Errc::header_malformed, "the token's alg is no string"};
    }
    const auto alg = parse_alg(*text);
    if (!alg) {
        return Errc::alg_not_allowed;
    }
    return *alg;
}

// Whether the header asks for more than a plain JWS: RFC 7515 4.1.11, RFC
// 7797 3, RFC 7516 4.1.
base::Status refuse_extensions(Value header) {
    for (const char* name : {"crit", "b64", "zip"}) {
        if (header.member(name).present()) {
            return Errc::crit_not_supported;
        }
    }
    if (header.member("enc").present()) {
        return Error{Errc::header_malformed,
                     "the token's header is one of a JWE"};
    }
    return {};
}

// A member that may be absent, but not of another type.
Result<std::optional<std::string>> read_text(Value member) {
    if (!member.present()) {
        return std::optional<std::string>();
    }
    const auto text = member.string();
    if (!text) {
        return Error{Errc::header_malformed,
                     "the token's kid or typ is no string"};
    }
    return std::optional<std::string>(*text);
}

}  // namespace

Result<JwsParts> split_jws(std::string_view token, const Limits& limits) {
    if (token.size() > limits.token_bytes) {
        return Errc::token_too_large;
    }
    const std::size_t first = token.find('.');
    const std::size_t last = token.find('.', first + 1);
    if (first == token.npos || last == token.npos ||
        token.find('.', last + 1) != token.npos) {
        return Error{Errc::token_malformed, "the token has not two dots"};
    }
    const JwsParts parts{token.substr(0, first),
                         token.substr(first + 1, last - first - 1),
                         token.substr(last + 1), token.substr(0, last)};
    if (parts.header.empty() || parts.payload.empty() ||
        parts.signature.empty()) {
        return Error{Errc::token_malformed, "a part of the token is empty"};
    }
    return parts;
}

Result<JwsHeader> parse_jws_header(std::string_view encoded,
                                   const Limits& limits) {
    const auto document = header_document(encoded, limits);
    if (!document) {
        return document.error();
    }
    const Value header = document->root();
    const auto alg = read_alg(header);
    if (!alg) {
        return alg.error();
    }
    const auto plain = refuse_extensions(header);
    if (!plain) {
        return plain.error();
    }

    auto kid = read_text(header.member("kid"));
    auto typ = read_text(header.member("typ"));
    if (!kid || !typ) {
        return kid ? typ.error() : kid.error();
    }
    if (*kid && ((*kid)->empty() || (*kid)->size() > limits.kid_bytes)) {
        return Error{Errc::header_malformed,
                     "the token's kid is empty or longer than the limit"};
    }
    return JwsHeader{*alg, std::move(*kid), std::move(*typ)};
}

Result<std::string> decode_signature(std::string_view encoded) {
    auto signature = base::base64url_decode(encoded);

    return signature ? std::move(signature)
                     : Error{Errc::token_malformed,
                             "the token's signature is not base64url"};
}

Result<Jws> parse_jws(std::string_view token, const Limits& limits) {
    if (token.size() <= limits.token_bytes && !is_of_tokens(token)) {
        return Error{Errc::token_malformed,
                     "the token holds a character that is none of a JWS"};
    }
    const auto parts = split_jws(token, limits);
    if (!parts) {
        return parts.error();
    }
    auto header = parse_jws_header(parts->header, limits);
    if (!header) {
        return header.error();
    }
    auto signature = decode_signature(parts->signature);
    if (!signature) {
        return signature.error();
    }
    return Jws{std::move(*header), parts->signing_input, parts->payload,
               std::move(*signature)};
}

bool is_jwt(std::string_view token) {
    return std::ranges::count(token, '.') == 2;
}

}  // namespace jose
