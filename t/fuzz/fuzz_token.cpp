// SPDX-License-Identifier: Apache-2.0
// A key set in the first line and a token in the rest: what is accepted is
// proven by one key of the set, the same way each time, and by no other text.

#include "base/base64url.hpp"
#include "hold.hpp"
#include "jose/verify.hpp"

namespace {

constexpr std::string_view kSecret =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

jose::VerifyRule rule() {
    return {.algs = jose::AlgSet::asymmetric().add(jose::Alg::HS256),
            .typ = jose::TypRule::access_token,
            .hmac_key = kSecret};
}

void check_accepted(std::string_view token, const jose::KeySet& keys,
                    const jose::VerifiedToken& verified) {
    const auto again = jose::verify(token, keys, rule());
    hold(bool(again) && again->alg() == verified.alg());
    hold(again->claims().text() == verified.claims().text());
    hold(verified.claims().root().is_object());

    const auto jws = jose::parse_jws(token);
    hold(bool(jws) && jws->alg == verified.alg());
    hold(base::base64url_encode(verified.claims().text()) == jws->payload);
    hold(token.starts_with(jws->signing_input));
    hold(token.substr(jws->signing_input.size() + 1) ==
         base::base64url_encode(jws->signature));

    jose::VerifyRule nothing = rule();
    nothing.algs = jose::AlgSet();
    hold(!jose::verify(token, keys, nothing));
    if (jose::family(verified.alg()) == jose::Family::hmac) {
        nothing = rule();
        nothing.hmac_key = {};
        hold(!jose::verify(token, keys, nothing));
    } else {
        hold(!jose::verify(token, jose::KeySet(), rule()));
    }
}

// One byte of the signing input changed, still base64url.
void check_changed(std::string_view token, const jose::KeySet& keys) {
    for (const std::size_t at : {token.find('.') + 1, token.rfind('.') - 2}) {
        std::string changed(token);
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        hold(!jose::verify(changed, keys, rule()));
    }
    hold(!jose::verify(std::string(token) + "A", keys, rule()));
    hold(!jose::verify(" " + std::string(token), keys, rule()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const std::string_view input = text_of(data, size);
    const std::size_t line = input.find('\n');

    if (line == std::string_view::npos) {
        return 0;
    }
    const std::string_view token = input.substr(line + 1);
    const auto parsed = jose::KeySet::parse(input.substr(0, line));
    const jose::KeySet none;
    const jose::KeySet& keys = parsed ? *parsed : none;
    const auto verified = jose::verify(token, keys, rule());

    if (verified) {
        check_accepted(token, keys, *verified);
        check_changed(token, keys);
    } else {
        hold(!verified.error().why.empty());
    }
    return 0;
}
