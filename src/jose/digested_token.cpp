// SPDX-License-Identifier: Apache-2.0
#include "jose/digested_token.hpp"

namespace jose {
namespace {

// The end of what is signed; of the token, if it is none.
std::size_t second_dot(std::string_view token) noexcept {
    const std::size_t first = token.find('.');
    const std::size_t second =
        first == token.npos ? token.npos : token.find('.', first + 1);

    return second == token.npos ? token.size() : second;
}

crypto::Forked digest(std::string_view token, std::size_t signed_bytes,
                      std::string_view context) {
    return crypto::sha256_forked(token.substr(0, signed_bytes),
                                 token.substr(signed_bytes), context);
}

}  // namespace

DigestedToken::DigestedToken(std::string_view token, std::string_view context)
    : token_(token), digests_(digest(token, second_dot(token), context)) {
}

std::string_view DigestedToken::signing_input() const noexcept {
    return token_.substr(0, second_dot(token_));
}

}  // namespace jose
