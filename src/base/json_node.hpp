// Knows how a JSON document lies in memory: one block of nodes, and behind
// them the text, in which strings have been unescaped where they stood.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.hpp"

namespace base::json {

enum class Kind : std::uint8_t {
    object,
    array,
    string,
    integer,
    real,
    yes,
    no,
    null
};

struct Node {
    std::string_view key;   // of a member
    std::string_view text;  // of a string; of a number, as it was written
    union {
        std::int64_t integer;
        double real;
        // Of an array, the item that was asked for last, so that a walk by
        // index takes one step an item.
        mutable const Node* seen;
    };
    const Node* first;  // of a container's items
    const Node* next;   // item of the same container
    std::uint32_t size;
    mutable std::uint32_t seen_index;
    Kind kind;
};

// Reads `text`, which it changes, into `nodes`, which has room for as many as
// count_nodes says. malformed unless it is one strict object or array. It
// recurses as deep as the text nests.
bool read(char* text, std::size_t size, Node* nodes) noexcept;

// Measures a text before any of it is believed: at least as many nodes as it
// can hold, 0 when containers nest deeper than `depth`.
std::size_t count_nodes(std::string_view text, std::size_t depth) noexcept;

}  // namespace base::json
