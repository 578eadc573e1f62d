// SPDX-License-Identifier: Apache-2.0
#include "store/block_pool.hpp"

#include <algorithm>
#include <cstring>

#include "store/checksum.hpp"

namespace store {

namespace {

constexpr std::size_t kAlign = 64;

}  // namespace

bool BlockPool::lay_out(Arena& arena, std::uint32_t block_bytes) noexcept {
    const std::size_t room = arena.left() - std::min(arena.left(), kAlign);
    const std::size_t count =
        std::min<std::size_t>(room / block_bytes, kNone - 1);
    void* const place = arena.take(count * block_bytes, kAlign);

    if (count == 0 || place == nullptr) {
        return false;
    }
    blocks_ = static_cast<std::size_t>(static_cast<char*>(place) -
                                       reinterpret_cast<char*>(this));
    block_bytes_ = block_bytes;
    total_ = static_cast<std::uint32_t>(count);
    return true;
}

BlockPool::Block& BlockPool::block(std::uint32_t number) const noexcept {
    auto* self = const_cast<BlockPool*>(this);
    void* place = reinterpret_cast<char*>(self) + blocks_ +
                  std::size_t{number} * block_bytes_;
    return *static_cast<Block*>(place);
}

char* BlockPool::bytes(std::uint32_t number) const noexcept {
    return reinterpret_cast<char*>(&block(number)) + sizeof(Block);
}

std::uint32_t BlockPool::claim() noexcept {
    std::uint32_t number = free_;
    if (number != kNone) {
        free_ = block(number).next;
    } else {
        number = fresh_++;
    }
    used_++;
    return number;
}

std::uint32_t BlockPool::write(std::string_view rest,
                               std::uint32_t owner) noexcept {
    std::uint32_t first = kNone;
    std::uint32_t* place = &first;

    while (!rest.empty()) {
        const std::string_view part = rest.substr(0, payload());
        const std::uint32_t number = claim();
        block(number) = {kNone, owner};
        std::memcpy(bytes(number), part.data(), part.size());
        *place = number;
        place = &block(number).next;
        rest.remove_prefix(part.size());
    }
    return first;
}

void BlockPool::release(std::uint32_t first) noexcept {
    while (first != kNone) {
        Block& here = block(first);
        const std::uint32_t next = here.next;
        here = {free_, kNone};
        free_ = first;
        first = next;
        used_--;
    }
}

void BlockPool::read(std::uint32_t number, char* to,
                     std::size_t size) const noexcept {
    while (size != 0) {
        const std::size_t part = std::min(size, payload());
        std::memcpy(to, bytes(number), part);
        to += part;
        size -= part;
        number = block(number).next;
    }
}

std::uint64_t BlockPool::checksum(std::uint64_t sum, std::uint32_t number,
                                  std::size_t size) const noexcept {
    while (size != 0) {
        const std::size_t part = std::min(size, payload());
        sum = store::checksum(sum, bytes(number), part);
        size -= part;
        number = block(number).next;
    }
    return sum;
}

void BlockPool::disown_all() noexcept {
    fresh_ = std::min(fresh_, total_);
    for (std::uint32_t number = 0; number < fresh_; number++) {
        block(number).owner = kNone;
    }
}

bool BlockPool::adopt(std::uint32_t first, std::size_t size,
                      std::uint32_t owner) noexcept {
    const std::size_t count = blocks_for(size);
    std::uint32_t number = first;

    for (std::size_t done = 0; done < count; done++) {
        if (number >= fresh_ || block(number).owner != kNone) {
            disown(first, done);
            return false;
        }
        block(number).owner = owner;
        number = block(number).next;
    }
    if (number != kNone) {
        disown(first, count);
        return false;
    }
    return true;
}

void BlockPool::disown(std::uint32_t number, std::size_t blocks) noexcept {
    for (; blocks != 0; blocks--) {
        block(number).owner = kNone;
        number = block(number).next;
    }
}

void BlockPool::rebuild() noexcept {
    free_ = kNone;
    used_ = fresh_;
    for (std::uint32_t number = fresh_; number-- != 0;) {
        if (block(number).owner == kNone) {
            block(number).next = free_;
            free_ = number;
            used_--;
        }
    }
}

}  // namespace store
