// SPDX-License-Identifier: Apache-2.0
// Binary records: what was written is read, and no end is passed.
#include "base/byte_io.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace base {
namespace {

std::string record() {
    ByteWriter writer;
    writer.u8(7).u32(0x01020304).i64(-2).blob("abc").blob("");
    return writer.bytes();
}

TEST(ByteIo, WritesBigEndian) {
    EXPECT_EQ(record(), std::string("\x07\x01\x02\x03\x04"
                                    "\xff\xff\xff\xff\xff\xff\xff\xfe"
                                    "\0\0\0\x03"
                                    "abc"
                                    "\0\0\0\0",
                                    24));
}

TEST(ByteIo, ReadsWhatWasWritten) {
    const std::string bytes = record();
    ByteReader reader(bytes);

    EXPECT_EQ(reader.u8(), 7);
    EXPECT_EQ(reader.u32(), 0x01020304u);
    EXPECT_EQ(reader.i64(), -2);
    EXPECT_EQ(reader.blob(), "abc");
    EXPECT_FALSE(reader.at_end());
    EXPECT_EQ(reader.blob(), "");
    EXPECT_TRUE(reader.at_end());
    EXPECT_TRUE(reader.ok());
}

TEST(ByteIo, KeepsTheLimitsOfTheirTypes) {
    constexpr auto kLow = std::numeric_limits<std::int64_t>::min();
    constexpr auto kHigh = std::numeric_limits<std::int64_t>::max();
    ByteWriter writer;
    writer.i64(kLow).i64(kHigh).u32(0xffffffff).u8(0xff);
    ByteReader reader(writer.bytes());

    EXPECT_EQ(reader.i64(), kLow);
    EXPECT_EQ(reader.i64(), kHigh);
    EXPECT_EQ(reader.u32(), 0xffffffffu);
    EXPECT_EQ(reader.u8(), 0xff);
    EXPECT_TRUE(reader.ok());
}

TEST(ByteIo, FailsWhereverTheRecordIsTruncated) {
    const std::string bytes = record();

    for (std::size_t length = 0; length < bytes.size(); length++) {
        ByteReader reader(std::string_view(bytes).substr(0, length));
        reader.u8();
        reader.u32();
        reader.i64();
        reader.blob();
        reader.blob();
        EXPECT_FALSE(reader.ok()) << length;
    }
}

TEST(ByteIo, ReadsZerosAfterTheFirstFailure) {
    ByteReader reader("\x01\x02");

    EXPECT_EQ(reader.u32(), 0u);
    EXPECT_EQ(reader.u8(), 0) << "the bytes that were there are not read";
    EXPECT_EQ(reader.i64(), 0);
    EXPECT_EQ(reader.blob(), "");
    EXPECT_FALSE(reader.ok());
}

TEST(ByteIo, RefusesABlobLongerThanItsRecord) {
    ByteReader reader(
        std::string_view("\xff\xff\xff\xff"
                         "abc"));

    EXPECT_EQ(reader.blob(), "");
    EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace base
