// SPDX-License-Identifier: Apache-2.0
// Metadata and key sets as they are kept in files: a line about the text, and
// the text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "crypto/digest.hpp"

namespace oidc::provider {

// Of a file, beyond its text.
inline constexpr std::size_t kMaxKeptHeadBytes = 256;
// A clock that was behind when the text was fetched; beyond that, the age of
// the text cannot be told.
inline constexpr base::Seconds kKeptClockSkew{60};

struct KeptDocument {
    std::string_view text;
    base::Instant fetched;
};

// A name of hexadecimal digits alone, which leads nowhere else.
std::string file_name(const crypto::Digest256& document);

// `document` tells whose text it is, and under which settings.
std::string write_kept(const crypto::Digest256& document, base::Instant fetched,
                       std::string_view text);
// Absent: the file is of something else, or damaged; or its text is older than
// `stale`, or of the future.
std::optional<KeptDocument> read_kept(const crypto::Digest256& document,
                                      std::string_view bytes, base::Instant now,
                                      base::Seconds stale);

}  // namespace oidc::provider
