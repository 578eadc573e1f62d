// SPDX-License-Identifier: Apache-2.0
// What a token costs whose verdict nobody knows, by algorithm, and beside each
// the bare operation of OpenSSL: digest and key, contexts made before. Both
// take tokens in turn: a processor learns a single one by heart.
#include <benchmark/benchmark.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "crypto/digest.hpp"
#include "jose/verify.hpp"
#include "keys.hpp"

namespace bench {
namespace {

using jose::Alg;

const unsigned char* bytes(std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
}

constexpr unsigned kTokens = 256;

void verify(benchmark::State& state, Alg alg) {
    const Key key(alg);
    const auto keys = jose::KeySet::parse(key.jwks());
    const jose::VerifyRule rule{.algs = jose::AlgSet::asymmetric()};
    std::vector<std::string> tokens;
    for (unsigned i = 0; i < kTokens; i++) {
        tokens.push_back(key.token(i));
    }

    unsigned turn = 0;
    for (auto _ : state) {
        if (!jose::verify(tokens[turn++ % kTokens], *keys, rule)) {
            state.SkipWithError("refused");
            std::abort();
        }
    }
}

// A context that verifies digests, as one would prepare it once a key.
EVP_PKEY_CTX* prepare(const Key& key) {
    EVP_PKEY_CTX* ctx = EVP_PKEY_CTX_new(key.get(), nullptr);
    EVP_PKEY_verify_init(ctx);
    if (jose::family(key.alg()) == jose::Family::rsa_pkcs1) {
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
    }
    if (jose::family(key.alg()) == jose::Family::rsa_pss) {
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST);
    }
    EVP_PKEY_CTX_set_signature_md(ctx, key.md());
    return ctx;
}

// A token as OpenSSL takes it.
struct Signed {
    std::string input;
    std::string signature;
};

std::vector<Signed> signed_by(const Key& key) {
    std::vector<Signed> all;
    for (unsigned i = 0; i < kTokens; i++) {
        const std::string input = key.signing_input(i);
        all.push_back({input, key.sign(input)});
    }
    return all;
}

void bare(benchmark::State& state, Alg alg) {
    const Key key(alg);
    const std::vector<Signed> all = signed_by(key);
    EVP_PKEY_CTX* ctx = prepare(key);
    EVP_MD* md = EVP_MD_fetch(nullptr, EVP_MD_get0_name(key.md()), nullptr);
    EVP_MD_CTX* hashing = EVP_MD_CTX_new();
    EVP_DigestInit_ex2(hashing, md, nullptr);

    unsigned turn = 0;
    for (auto _ : state) {
        const auto& [input, signature] = all[turn++ % kTokens];
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        EVP_DigestInit_ex2(hashing, nullptr, nullptr);
        EVP_DigestUpdate(hashing, input.data(), input.size());
        EVP_DigestFinal_ex(hashing, digest, &size);
        if (EVP_PKEY_verify(ctx, bytes(signature), signature.size(), digest,
                            size) != 1) {
            std::abort();
        }
    }
    EVP_MD_CTX_free(hashing);
    EVP_MD_free(md);
    EVP_PKEY_CTX_free(ctx);
}

void bare_eddsa(benchmark::State& state) {
    const Key key(Alg::EdDSA);
    const std::vector<Signed> all = signed_by(key);

    unsigned turn = 0;
    for (auto _ : state) {
        const auto& [input, signature] = all[turn++ % kTokens];
        EVP_MD_CTX* ctx = EVP_MD_CTX_new();
        EVP_DigestVerifyInit(ctx, nullptr, nullptr, nullptr, key.get());
        if (EVP_DigestVerify(ctx, bytes(signature), signature.size(),
                             bytes(input), input.size()) != 1) {
            std::abort();
        }
        EVP_MD_CTX_free(ctx);
    }
}

void sha256_of_token(benchmark::State& state) {
    const std::string token = Key(Alg::RS256).token();

    for (auto _ : state) {
        benchmark::DoNotOptimize(crypto::sha256(token));
    }
    state.counters["bytes"] = static_cast<double>(token.size());
}

[[maybe_unused]] const int registered = [] {
    for (const Alg alg : {Alg::RS256, Alg::PS256, Alg::ES256, Alg::ES384}) {
        const std::string word(jose::name(alg));
        benchmark::RegisterBenchmark(("verify_" + word).c_str(), verify, alg);
        benchmark::RegisterBenchmark(("bare_" + word).c_str(), bare, alg);
    }
    benchmark::RegisterBenchmark("verify_EdDSA", verify, Alg::EdDSA);
    benchmark::RegisterBenchmark("bare_EdDSA", bare_eddsa);
    benchmark::RegisterBenchmark("sha256_of_token", sha256_of_token);
    return 0;
}();

}  // namespace
}  // namespace bench
