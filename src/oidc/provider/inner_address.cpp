// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/inner_address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace oidc::provider {
namespace {

using Bytes = std::span<const unsigned char>;

struct Block {
    std::array<unsigned char, 16> prefix;
    unsigned bits;
};

constexpr Block kBlocks4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 3},  // multicast, reserved, broadcast
};
constexpr Block kBlocks6[] = {
    {{0}, 96},                                   // ::, ::1, IPv4-compatible
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},  // RFC 8215
    {{0x01, 0x00}, 64},                          // discard only
    {{0x20, 0x01, 0x0d, 0xb8}, 32},              // documentation
    {{0xfc}, 7},                                 // unique local
    {{0xfe, 0x80}, 10},                          // link-local
    {{0xfe, 0xc0}, 10},                          // site-local
    {{0xff}, 8},                                 // multicast
};

// Prefixes in front of an IPv4 address, and where that begins.
struct Carrier {
    Block block;
    std::size_t at;
};
constexpr Carrier kCarriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12},  // mapped
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},                    // NAT64
    {{{0x20, 0x02}, 16}, 2},                                 // 6to4
};

bool lies_in(Bytes address, const Block& block) noexcept {
    const std::size_t whole = block.bits / 8;
    const unsigned rest = block.bits % 8;
    const auto mask = static_cast<unsigned char>(0xff00u >> rest);

    return std::equal(address.begin(),
                      address.begin() + static_cast<std::ptrdiff_t>(whole),
                      block.prefix.begin()) &&
           (rest == 0 ||
            (address[whole] & mask) == (block.prefix[whole] & mask));
}

template <std::size_t N>
bool lies_in_one(Bytes address, const Block (&blocks)[N]) noexcept {
    return std::any_of(blocks, blocks + N, [&](const Block& block) {
        return lies_in(address, block);
    });
}

}  // namespace

bool is_inner_address(Bytes address) noexcept {
    if (address.size() == 4) {
        return lies_in_one(address, kBlocks4);
    }
    if (address.size() != 16) {
        return true;
    }
    for (const Carrier& carrier : kCarriers) {
        if (lies_in(address, carrier.block)) {
            return lies_in_one(address.subspan(carrier.at, 4), kBlocks4);
        }
    }
    return lies_in_one(address, kBlocks6);
}

}  // namespace oidc::provider
