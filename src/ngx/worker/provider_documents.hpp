// SPDX-License-Identifier: Apache-2.0
// The metadata and the key set of a provider in the cache zone.
#pragma once

#include <optional>
#include <string>

#include "crypto/digest.hpp"
#include "ngx/worker/shared_zone.hpp"

namespace ngx {

struct Document {
    std::uint64_t generation;  // grows whenever the text changes
    std::int64_t fetched;      // seconds since the epoch
    bool is_from_file;         // of oidc_keys_path, and not fetched since
    std::string text;
    store::BlobTable::Ref ref;
};

class ProviderDocuments {
public:
    explicit ProviderDocuments(ngx_shm_zone_t* zone) noexcept : zone_(zone) {}

    std::optional<Document> load(const crypto::Digest256& key) const;
    // Notes the text and the time of the fetch; the generation stays when
    // the text is the one already there. False when it does not fit.
    bool publish(const crypto::Digest256& key, std::string_view text) const;
    // Only if there is none: what a file has is never newer.
    void restore(const crypto::Digest256& key, std::string_view text,
                 std::int64_t fetched) const;
    // Without the lock.
    bool is_current(store::BlobTable::Ref ref) const noexcept;

private:
    ngx_shm_zone_t* zone_;
};

}  // namespace ngx
