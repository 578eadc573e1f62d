// SPDX-License-Identifier: Apache-2.0
// A JSON value as it was read: an array of these is a document.
#pragma once

#include <cstdint>
#include <string_view>

namespace base::json {

// A value as it was read. A container's follow it, an object's each behind
// its name, which is a string.
struct Node {
    enum class Kind : std::uint8_t {
        null,
        no,
        yes,
        integer,
        real,
        string,
        array,
        object
    };
    Kind kind;
    std::uint32_t size;  // bytes of a string; elements or members
    std::uint32_t span;  // nodes up to the next value's, this one included
    union {
        const char* chars;
        std::int64_t integer;
        double real;
        std::uint64_t names;  // of an object: marks of its members' names
    };

    std::string_view text() const noexcept { return {chars, size}; }

    // A bit of 64: names whose marks differ are different.
    static std::uint64_t mark_of(std::string_view name) noexcept {
        const std::size_t sum =
            name.empty()
                ? 0
                : name.size() * 7 + static_cast<unsigned char>(name[0]) +
                      static_cast<unsigned char>(name.back()) * 3u;

        return std::uint64_t{1} << (sum % 64);
    }

    // All up to `end` is in this container: so many elements, or members of
    // such names.
    void close(const Node* end, std::size_t count,
               std::uint64_t marks) noexcept {
        size = static_cast<std::uint32_t>(count);
        span = static_cast<std::uint32_t>(end - this);
        names = marks;
    }

    // The size of a container is set when its contents have been read.
    static Node of(Kind kind) noexcept {
        return {.kind = kind, .size = 0, .span = 1, .names = 0};
    }
    static Node of_text(std::string_view text) noexcept {
        return {.kind = Kind::string,
                .size = static_cast<std::uint32_t>(text.size()),
                .span = 1,
                .chars = text.data()};
    }
    static Node of_integer(std::int64_t value) noexcept {
        return {.kind = Kind::integer, .size = 0, .span = 1, .integer = value};
    }
    static Node of_real(double value) noexcept {
        return {.kind = Kind::real, .size = 0, .span = 1, .real = value};
    }
};

}  // namespace base::json
