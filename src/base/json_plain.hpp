// SPDX-License-Identifier: Apache-2.0
// A fast reader of plain JSON, which most tokens and responses of providers
// are: strings of printable ASCII, whole numbers, few values, little depth.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace base::json {

// The number of NULs that must follow a text.
inline constexpr std::size_t kAfterText = 16;

// False if the text is not plain, whether it is JSON or not: the JSON library
// decides, and nothing was changed. A plain text is JSON without duplicate
// members, and the library reads it with the same result. `without_escapes` is
// memory for strings that had some. It and the text must outlive the nodes.
bool read_plain(std::string_view text, std::size_t depth,
                std::vector<Node>& nodes,
                std::unique_ptr<char[]>& without_escapes);

}  // namespace base::json
