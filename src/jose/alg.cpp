// SPDX-License-Identifier: Apache-2.0
#include "jose/alg.hpp"

namespace jose {

std::optional<Alg> parse_alg(std::string_view text) noexcept {
#define X(name, family, hash) \
    if (text == #name) {      \
        return Alg::name;     \
    }
#include "jose/algorithms.def"
#undef X
    return std::nullopt;
}

std::string_view name(Alg alg) noexcept {
    switch (alg) {
#define X(name, family, hash) \
    case Alg::name:           \
        return #name;
#include "jose/algorithms.def"
#undef X
    }
    return "";
}

Family family(Alg alg) noexcept {
    switch (alg) {
#define X(name, family, hash) \
    case Alg::name:           \
        return Family::family;
#include "jose/algorithms.def"
#undef X
    }
    return Family::hmac;
}

crypto::Hash hash(Alg alg) noexcept {
    switch (alg) {
#define X(name, family, hash) \
    case Alg::name:           \
        return crypto::Hash::hash;
#include "jose/algorithms.def"
#undef X
    }
    return crypto::Hash::sha512;
}

AlgSet AlgSet::asymmetric() noexcept {
    AlgSet set;

    for (const Alg alg : {
#define X(name, family, hash) Alg::name,
#include "jose/algorithms.def"
#undef X
         }) {
        if (family(alg) != Family::hmac) {
            set.add(alg);
        }
    }
    return set;
}

}  // namespace jose
