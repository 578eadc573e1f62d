// SPDX-License-Identifier: Apache-2.0
// A key set: what is taken in keeps within its limits, and offers a token no
// key that does not fit.

#include "hold.hpp"
#include "jose/jwks.hpp"

namespace {

constexpr jose::Alg kAlgs[] = {
#define X(name, family, hash) jose::Alg::name,
#include "jose/algorithms.def"
#undef X
};

void check_candidates(const jose::KeySet& keys,
                      std::optional<std::string_view> kid, jose::Alg alg) {
    const auto found = keys.candidates(kid, alg);

    hold(found.size() <= jose::kMaxCandidates);
    hold(found.empty() || jose::family(alg) != jose::Family::hmac);
    for (const jose::Jwk* jwk : found) {
        hold(jose::fits(*jwk, alg));
        hold(!kid || jwk->kid == *kid);
        hold(!jwk->alg || *jwk->alg == alg);
        hold(jwk->key.kind() != crypto::KeyKind::rsa ||
             (jwk->key.bits() >= 2048 && jwk->key.bits() <= 8192));
        if (!kid) {
            check_candidates(keys, jwk->kid, alg);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const auto keys = jose::KeySet::parse(text_of(data, size));

    if (!keys) {
        return 0;
    }
    hold(keys->size() > 0 && keys->size() <= jose::kMaxKeys);
    for (const jose::Alg alg : kAlgs) {
        check_candidates(*keys, std::nullopt, alg);
    }
    return 0;
}
