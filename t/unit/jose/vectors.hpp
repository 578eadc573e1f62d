// SPDX-License-Identifier: Apache-2.0
// Knows where the vectors lie and what the words in them mean.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "jose/verify.hpp"

namespace jose {

inline base::json::Document read_vectors(const std::string& name) {
    std::ifstream in(std::string(TEST_DATA_DIR "/vectors/") + name);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto document = base::json::Document::parse(
        text, {.bytes = 4 * 1024 * 1024, .depth = 16});

    EXPECT_TRUE(document) << name;
    return document ? std::move(*document)
                    : std::move(*base::json::Document::parse("{}"));
}

inline AlgSet read_algs(base::json::Value names) {
    AlgSet set;

    if (!names.present()) {
        return AlgSet::asymmetric();
    }
    for (std::size_t i = 0; i < names.size(); i++) {
        const auto alg = parse_alg(names.at(i).string().value());
        EXPECT_TRUE(alg);
        set.add(*alg);
    }
    return set;
}

// "verified", or the word of the error.
inline std::string_view verdict(const base::Result<VerifiedToken>& result) {
    return result ? "verified" : base::word(result.error().code);
}

}  // namespace jose
