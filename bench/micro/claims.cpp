// SPDX-License-Identifier: Apache-2.0
// What reading a token costs that is known to be good, step by step.
#include <benchmark/benchmark.h>

#include "base/base64url.hpp"
#include "jose/jws.hpp"
#include "jose/claims.hpp"
#include "keys.hpp"

namespace bench {
namespace {

void claims_parse(benchmark::State& state) {
    const std::string text = access_claims();

    for (auto _ : state) {
        benchmark::DoNotOptimize(jose::Claims::parse(text));
    }
}
BENCHMARK(claims_parse);

void jws_parse(benchmark::State& state) {
    const std::string token = Key(jose::Alg::RS256).token();

    for (auto _ : state) {
        benchmark::DoNotOptimize(jose::parse_jws(token));
    }
}
BENCHMARK(jws_parse);

void base64url_decode(benchmark::State& state) {
    const std::string text = base::base64url_encode(access_claims());

    for (auto _ : state) {
        benchmark::DoNotOptimize(base::base64url_decode(text));
    }
    state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(base64url_decode);

}  // namespace
}  // namespace bench
