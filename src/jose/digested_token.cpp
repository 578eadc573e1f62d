#include "jose/digested_token.hpp"

#include <algorithm>

namespace jose {
namespace {

std::size_t last_dot(std::string_view token) noexcept {
    return std::min(token.rfind('.'), token.size());
}

}  // namespace

DigestedToken::DigestedToken(std::string_view token,
                             std::string_view context) noexcept
    : token_(token),
      digests_(crypto::sha256_forked(token.substr(0, last_dot(token)),
                                     token.substr(last_dot(token)), context)) {
}

std::string_view DigestedToken::signing_input() const noexcept {
    return token_.substr(0, last_dot(token_));
}

}  // namespace jose
