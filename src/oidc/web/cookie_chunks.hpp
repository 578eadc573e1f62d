// SPDX-License-Identifier: Apache-2.0
// Spreads a value larger than a cookie over several cookies.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace oidc::web {

inline constexpr std::size_t kChunkBytes = 3800;  // of value, a cookie
inline constexpr std::size_t kMaxChunks = 5;

struct Chunk {
    std::string name;
    std::string value;
};

// One chunk: `name` itself, the bare value. More: `name` holds "<n>." and
// the first part, `name_1` … the others. session_too_large beyond kMaxChunks.
base::Result<std::vector<Chunk>> split(std::string_view name,
                                       std::string_view value);

// `lookup` returns all values that the request has under a name. Other hosts of
// the domain can add some: each way to combine the parts is a value, `most` of
// them at most, and unsealing finds the good one. Chunks beyond the number in
// the first are left from another session.
using Lookup =
    std::function<std::vector<std::string_view>(std::string_view name)>;
std::vector<std::string> join(std::string_view name, const Lookup& lookup,
                              std::size_t most);

// Orders values that were already found: `parts[i]` is the value of chunk i and
// `seen[i]` the number of cookies with its name. Leaves the parts of the value
// in `parts`, in order, and returns their number; 0 unless there is exactly one
// way, with no chunk left over.
std::size_t arrange(std::span<std::string_view, kMaxChunks> parts,
                    std::span<const unsigned, kMaxChunks> seen) noexcept;

// The names that a session of `name` could have used, in order.
std::vector<std::string> chunk_names(std::string_view name);

}  // namespace oidc::web
