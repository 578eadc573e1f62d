#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Utf8, WritesWhatItReads) {
    for (std::uint32_t code = 1; code < 0x110000; code += 7) {
        if (code >= 0xd800 && code < 0xe000) {
            continue;
        }
        char bytes[4];
        const std::size_t size = utf8_encode(code, bytes);
        ASSERT_EQ(utf8_length({bytes, size}), size) << code;
        for (std::size_t cut = 1; cut < size; cut++) {
            ASSERT_EQ(utf8_length({bytes, cut}), 0) << code;
        }
    }
}

TEST(Utf8, ReadsNoSurrogatesAndNothingOverlong) {  // AC-060
    for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf",
                            "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\xaf",
                            "\xf4\x90\x80\x80", "\xf5", "\xff"}) {
        EXPECT_EQ(utf8_length(bad), 0) << bad;
    }
}

}  // namespace
}  // namespace base
