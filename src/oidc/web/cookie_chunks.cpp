// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/cookie_chunks.hpp"

#include <array>

namespace oidc::web {

namespace {

// Precedes the number of chunks in the first of several. Sealed values are
// base64url, so a single value has no point.
constexpr char kPoint = '.';
constexpr std::size_t kPrefixBytes = 2;
static_assert(kMaxChunks <= 9, "the count is one digit");

std::string numbered(std::string_view name, std::size_t index) {
    std::string result(name);
    if (index != 0) {
        result += '_';
        result += std::to_string(index);
    }
    return result;
}

// The number of chunks that a value names; 0 if it is malformed.
std::size_t count_of(std::string_view first) noexcept {
    const std::size_t point = first.find(kPoint);

    if (point == std::string_view::npos) {
        return 1;
    }
    if (point != 1 || first[0] < '2' || first.find(kPoint, 2) != first.npos) {
        return 0;
    }
    const auto count = static_cast<std::size_t>(first[0] - '0');
    return count <= kMaxChunks ? count : 0;
}

bool fits(std::string_view part) noexcept {
    return !part.empty() && part.size() <= kChunkBytes;
}

}  // namespace

std::vector<std::string> chunk_names(std::string_view name) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kMaxChunks; i++) {
        names.push_back(numbered(name, i));
    }
    return names;
}

base::Result<std::vector<Chunk>> split(std::string_view name,
                                       std::string_view value) {
    if (value.empty() || value.find(kPoint) != value.npos) {
        return base::Errc::malformed;
    }
    if (value.size() <= kChunkBytes) {
        return std::vector{Chunk{std::string(name), std::string(value)}};
    }
    const std::size_t whole = kPrefixBytes + value.size();
    const std::size_t count = (whole + kChunkBytes - 1) / kChunkBytes;
    if (count > kMaxChunks) {
        return base::Errc::session_too_large;
    }
    std::string rest = std::to_string(count) + kPoint;
    rest += value;
    std::vector<Chunk> chunks;
    for (std::size_t i = 0; i < count; i++) {
        chunks.push_back(
            {numbered(name, i), rest.substr(i * kChunkBytes, kChunkBytes)});
    }
    return chunks;
}

std::size_t arrange(std::span<std::string_view, kMaxChunks> parts,
                    std::span<const unsigned, kMaxChunks> seen) noexcept {
    if (seen[0] != 1 || !fits(parts[0])) {
        return 0;
    }
    const std::size_t count = count_of(parts[0]);
    // All names are looked at: a chunk too many is left from another session,
    // and the others may be, too.
    for (std::size_t i = 1; i < kMaxChunks; i++) {
        if (seen[i] != (i < count ? 1u : 0u)) {
            return 0;
        }
        if (i < count && (!fits(parts[i]) ||
                          parts[i].find(kPoint) != std::string_view::npos)) {
            return 0;
        }
    }
    if (count > 1) {
        parts[0].remove_prefix(kPrefixBytes);
    }
    return count;
}

namespace {

using Values = std::vector<std::string_view>;

// Puts every combination of the parts behind `begun` into `joined`.
void join_from(std::size_t chunk, std::span<const Values> parts,
               const std::string& begun, std::size_t most,
               std::vector<std::string>& joined) {
    if (chunk == parts.size()) {
        joined.push_back(begun);
        return;
    }
    for (const std::string_view part : parts[chunk]) {
        if (joined.size() == most) {
            return;
        }
        if (fits(part) && part.find(kPoint) == part.npos) {
            join_from(chunk + 1, parts, begun + std::string(part), most,
                      joined);
        }
    }
}

}  // namespace

std::vector<std::string> join(std::string_view name, const Lookup& lookup,
                              std::size_t most) {
    std::vector<std::string> joined;
    std::array<Values, kMaxChunks> parts;

    for (std::size_t i = 0; i < kMaxChunks; i++) {
        parts[i] = lookup(numbered(name, i));
    }
    for (std::string_view first : parts[0]) {
        const std::size_t count = fits(first) ? count_of(first) : 0;
        if (count == 0) {
            continue;
        }
        first.remove_prefix(count > 1 ? kPrefixBytes : 0);
        join_from(1, std::span(parts).first(count), std::string(first), most,
                  joined);
    }
    return joined;
}

}  // namespace oidc::web
