// SPDX-License-Identifier: Apache-2.0
#include "jose/digested_token.hpp"

#include <gtest/gtest.h>

namespace jose {
namespace {

TEST(DigestedToken, DigestsTheSignedPartAndTheWholeToken) {
    const DigestedToken token("header.payload.signature", "context");

    EXPECT_EQ(token.token(), "header.payload.signature");
    EXPECT_EQ(token.signing_input(), "header.payload");
    EXPECT_EQ(token.of_signing_input(), crypto::sha256("header.payload"));
    EXPECT_EQ(token.of_all(),
              crypto::sha256("header.payload.signaturecontext"));
}

TEST(DigestedToken, DigestsAnyText) {
    for (const char* text : {"", ".", "..", "a", "a.", ".a", "a..b"}) {
        const DigestedToken token(text, "c");
        EXPECT_EQ(token.of_signing_input(),
                  crypto::sha256(token.signing_input()))
            << text;
        EXPECT_EQ(token.of_all(), crypto::sha256(std::string(text) + "c"))
            << text;
    }
}

}  // namespace
}  // namespace jose
