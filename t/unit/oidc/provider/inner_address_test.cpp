// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/inner_address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace oidc::provider {
namespace {

bool is_inner(const char* text) {
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1) {
        return is_inner_address(std::span(bytes).first(4));
    }
    EXPECT_EQ(inet_pton(AF_INET6, text, bytes), 1) << text;
    return is_inner_address(bytes);
}

TEST(InnerAddress, AddressesInsideAreInner) {  // AC-441
    for (const char* text : {"0.0.0.0",
                             "0.1.2.3",
                             "10.0.0.1",
                             "10.255.255.255",
                             "100.64.0.1",
                             "100.127.255.255",
                             "127.0.0.1",
                             "127.255.255.254",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.170",
                             "192.168.0.1",
                             "203.0.113.7",
                             "198.18.0.1",
                             "198.19.255.255",
                             "224.0.0.1",
                             "239.1.1.1",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::127.0.0.1",
                             "::8.8.8.8",
                             "::ffff:10.0.0.1",
                             "::ffff:127.0.0.1",
                             "64:ff9b::10.0.0.1",
                             "64:ff9b::a9fe:a9fe",
                             "64:ff9b:1::1",
                             "2002:7f00:1::",
                             "2002:a00:1::1",
                             "fc00::1",
                             "fd12:3456::1",
                             "fe80::1",
                             "febf::1",
                             "fec0::1",
                             "ff02::1",
                             "2001:db8::1",
                             "100::1"}) {
        EXPECT_TRUE(is_inner(text)) << text;
    }
}

TEST(InnerAddress, AddressesOfTheInternetAreNot) {
    for (const char* text : {"1.1.1.1",
                             "8.8.8.8",
                             "9.255.255.255",
                             "11.0.0.0",
                             "100.63.255.255",
                             "100.128.0.0",
                             "126.255.255.255",
                             "128.0.0.1",
                             "169.253.255.255",
                             "169.255.0.1",
                             "172.15.255.255",
                             "172.32.0.1",
                             "192.0.1.1",
                             "192.167.255.255",
                             "192.169.0.1",
                             "198.17.255.255",
                             "198.20.0.1",
                             "203.0.112.7",
                             "203.0.114.7",
                             "223.255.255.255",
                             "2606:4700::1111",
                             "::ffff:8.8.8.8",
                             "64:ff9b::8.8.8.8",
                             "2002:808:808::1",
                             "2001:4860:4860::8888",
                             "2a00::1",
                             "fbff::1"}) {
        EXPECT_FALSE(is_inner(text)) << text;
    }
}

TEST(InnerAddress, OtherLengthsAreInner) {
    const unsigned char bytes[32] = {8, 8, 8, 8};
    for (std::size_t size : {0, 1, 3, 5, 15, 17, 32}) {
        EXPECT_TRUE(is_inner_address(std::span(bytes).first(size))) << size;
    }
}

}  // namespace
}  // namespace oidc::provider
