// Knows plain JSON, as tokens and providers write it, and reads it where it
// stands: strings of printable ASCII, whole numbers, few members, little depth.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace base::json {

// False for all that is not plain, be it JSON or not: the JSON library is to
// say. What is plain is JSON, with no member twice, and the library reads it
// the same. `spare` is for strings without their escapes: as long as the text,
// which like it must outlive the nodes.
bool read_plain(std::string_view text, char* spare, std::size_t depth,
                std::vector<Node>& nodes);

}  // namespace base::json
