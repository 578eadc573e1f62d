// Knows plain JSON, as tokens and providers write it, and reads it where it
// stands: strings of printable ASCII, whole numbers, few members, little depth.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace base::json {

// What was opened at `own` holds `count` elements, or members of such names:
// all behind it.
inline void close_container(std::vector<Node>& nodes, std::size_t own,
                            std::size_t count, std::uint64_t names) {
    nodes[own].size = static_cast<std::uint32_t>(count);
    nodes[own].span = static_cast<std::uint32_t>(nodes.size() - own);
    nodes[own].names = names;
}

// A text is looked through by the block.
inline constexpr std::size_t kAfterText = 16;

// False for all that is not plain, be it JSON or not: the JSON library is to
// say. What is plain is JSON, with no member twice, and the library reads it
// the same. kAfterText zeroes follow the text. `spare` is for strings without
// their escapes: as long as the text, which like it must outlive the nodes.
bool read_plain(std::string_view text, char* spare, std::size_t depth,
                std::vector<Node>& nodes);

}  // namespace base::json
