// SPDX-License-Identifier: Apache-2.0
// Byte strings as chains of blocks of one size, in shared memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "store/arena.hpp"
#include "store/lru_index.hpp"

namespace store {

class BlockPool {
public:
    // All of the arena, in blocks of `block_bytes`, which is a multiple of
    // 64. False when not even one fits.
    bool lay_out(Arena&, std::uint32_t block_bytes) noexcept;

    std::uint32_t total() const noexcept { return total_; }
    std::uint32_t used() const noexcept { return used_; }
    std::uint32_t available() const noexcept { return total_ - used_; }
    std::size_t blocks_for(std::size_t bytes) const noexcept {
        return bytes / payload() + (bytes % payload() != 0 ? 1 : 0);
    }

    // The first block; kNone for no bytes. Only when enough are available.
    std::uint32_t write(std::string_view bytes, std::uint32_t owner) noexcept;
    void release(std::uint32_t first) noexcept;
    void read(std::uint32_t first, char* to, std::size_t size) const noexcept;
    std::uint64_t checksum(std::uint64_t sum, std::uint32_t first,
                           std::size_t size) const noexcept;

    // Recovery, in this order. `adopt` is false, and adopts nothing, when the
    // chain leaves the pool, is shared or of another length.
    void disown_all() noexcept;
    bool adopt(std::uint32_t first, std::size_t size,
               std::uint32_t owner) noexcept;
    void disown(std::uint32_t first, std::size_t blocks) noexcept;
    void rebuild() noexcept;  // what nobody owns is free

private:
    friend struct Inspector;
    struct Block {
        std::uint32_t next;
        std::uint32_t owner;  // kNone: free
    };
    std::size_t payload() const noexcept {
        return block_bytes_ - sizeof(Block);
    }
    Block& block(std::uint32_t number) const noexcept;
    char* bytes(std::uint32_t number) const noexcept;
    std::uint32_t claim() noexcept;

    std::size_t blocks_ = 0;  // offset from here
    std::uint32_t block_bytes_ = 0;
    std::uint32_t total_ = 0;
    std::uint32_t used_ = 0;
    std::uint32_t free_ = kNone;
    std::uint32_t fresh_ = 0;  // blocks from here on were never claimed
};

}  // namespace store
