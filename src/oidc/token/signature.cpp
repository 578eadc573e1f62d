// SPDX-License-Identifier: Apache-2.0
#include "oidc/token/signature.hpp"

namespace oidc::token {
namespace {

using base::Errc;
using base::Error;

// Whether a token whose key is not known is worth a call to the provider: only
// if it says that it is the provider's. Used to refuse, never to accept:
// unknown_kid, or what is wrong with the token besides.
Error unknown_key(const Provider& provider, std::string_view token) {
    const auto claims = read_claims(token);
    if (!claims) {
        return claims.error();
    }
    const auto status = jose::check_issuer(*claims, provider.issuers);
    return status ? Error(Errc::unknown_kid) : status.error();
}

}  // namespace

base::Result<jose::Claims> read_claims(std::string_view token) {
    const auto jws = jose::parse_jws(token);

    return jws ? jose::Claims::decode(jws->payload) : jws.error();
}

base::Result<Keys> keys_at_hand(const RequestContext& context,
                                std::string_view token) {
    const Keys keys = context.ports.provider.keys();

    if (keys.set || !needs_keys(context.provider)) {
        return keys;
    }
    // Malformed tokens cause no call.
    const auto jws = jose::parse_jws(token);
    return jws ? no_keys(keys) : jws.error();
}

bool is_of_second_secret(const Provider& provider,
                         const base::Result<jose::VerifiedToken>& by_first) {
    return !by_first && by_first.error().code == Errc::signature_invalid &&
           !provider.second_client_secret.empty();
}

base::Result<jose::Claims> check_signature(const Provider& provider,
                                           const Keys& keys,
                                           const jose::DigestedToken& token,
                                           jose::TypRule typ) {
    const jose::KeySet none;
    jose::VerifyRule rule{.algs = provider.algs,
                          .typ = typ,
                          .hmac_key = provider.client_secret.reveal()};
    auto verified = jose::verify(token, keys.set ? *keys.set : none, rule);
    if (is_of_second_secret(provider, verified)) {
        rule.hmac_key = provider.second_client_secret.reveal();
        verified = jose::verify(token, keys.set ? *keys.set : none, rule);
    }
    if (verified) {
        return std::move(*verified).take_claims();
    }
    return verified.error().code == Errc::unknown_kid
               ? unknown_key(provider, token.token())
               : verified.error();
}

}  // namespace oidc::token
