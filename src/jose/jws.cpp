#include "jose/jws.hpp"

#include "base/all_of.hpp"
#include "base/base64url.hpp"
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

// The three parts of a token, still base64url.
struct Parts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
};

Result<Parts> split(std::string_view token) {
    if (!is_of_tokens(token)) {
        return Error{Errc::token_malformed,
                     "the token holds a character that is none of a JWS"};
    }

    const std::size_t first = token.find('.');
    const std::size_t last = token.find('.', first + 1);
    if (first == token.npos || last == token.npos ||
        token.find('.', last + 1) != token.npos) {
        return Error{Errc::token_malformed, "the token has not two dots"};
    }
    const Parts parts{token.substr(0, first),
                      token.substr(first + 1, last - first - 1),
                      token.substr(last + 1)};
    if (parts.header.empty() || parts.payload.empty() ||
        parts.signature.empty()) {
        return Error{Errc::token_malformed, "a part of the token is empty"};
    }
    return parts;
}

Result<base::json::Document> parse_header(std::string_view encoded,
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

base::Status read_header(Value header, const Limits& limits, Jws& jws) {
    const auto alg = read_alg(header);
    if (!alg) {
        return alg.error();
    }
    jws.alg = *alg;

    const auto plain = refuse_extensions(header);
    if (!plain) {
        return plain;
    }

    auto kid = read_text(header.member("kid"));
    auto typ = read_text(header.member("typ"));
    if (!kid || !typ) {
        return kid ? typ.error() : kid.error();
    }
    jws.kid = std::move(*kid);
    jws.typ = std::move(*typ);
    if (jws.kid && (jws.kid->empty() || jws.kid->size() > limits.kid_bytes)) {
        return Error{Errc::header_malformed,
                     "the token's kid is empty or longer than the limit"};
    }
    return {};
}

}  // namespace

Result<Jws> parse_jws(std::string_view token, const Limits& limits) {
    if (token.size() > limits.token_bytes) {
        return Errc::token_too_large;
    }

    const auto parts = split(token);
    if (!parts) {
        return parts.error();
    }
    const auto header = parse_header(parts->header, limits);
    if (!header) {
        return header.error();
    }

    Jws jws{};
    const auto read = read_header(header->root(), limits, jws);
    if (!read) {
        return read.error();
    }

    auto signature = base::base64url_decode(parts->signature);
    if (!signature) {
        return Error{Errc::token_malformed,
                     "the token's signature is not base64url"};
    }
    jws.signing_input =
        token.substr(0, parts->header.size() + 1 + parts->payload.size());
    jws.payload = parts->payload;
    jws.signature = std::move(*signature);
    return jws;
}

}  // namespace jose
