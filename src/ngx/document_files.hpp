// SPDX-License-Identifier: Apache-2.0
// Metadata and key sets in the directory of oidc_keys_path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "crypto/digest.hpp"
#include "ngx/ngx.hpp"

namespace ngx {

struct DocumentFile {
    std::string text;
    std::int64_t fetched;  // seconds since the epoch
};

class DocumentFiles {
public:
    // No directory: nothing is kept.
    DocumentFiles(const ngx_path_t* directory, std::string provider);

    // Absent: there is none, or it is not used; the log says why.
    std::optional<DocumentFile> load(const crypto::Digest256& document,
                                     std::size_t max_bytes,
                                     base::Seconds stale) const;
    // Replaces the file as a whole. A failure is logged, and harms nothing
    // else.
    void save(const crypto::Digest256& document, std::string_view text,
              std::int64_t fetched) const;
    // Logs that the text of a file was not accepted.
    void refuse(const crypto::Digest256& document, std::string_view why) const;

private:
    std::string path_of(const crypto::Digest256& document) const;
    void complain(ngx_uint_t level, const std::string& path,
                  std::string_view what, int error) const;

    std::string directory_;  // "": none
    std::string provider_;
};

}  // namespace ngx
