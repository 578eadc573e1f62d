// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/store.hpp"

#include <algorithm>

#include "oidc/session/codec.hpp"

namespace oidc::session {

base::Result<StoredRecord> read_record(base::Result<std::string> plain) {
    if (!plain) {
        return plain.error();
    }
    const base::Secret bytes = base::Secret::take(*plain);
    auto record = decode(bytes.reveal());
    if (!record) {
        return record.error();
    }
    const base::Instant last_used =
        std::max(record->created, record->last_used);
    return StoredRecord{std::move(*record), {}, last_used};
}

Progress<std::optional<std::vector<ListedSession>>> Store::list(
    const RequestContext&, std::string_view, base::Instant) const {
    return base::Result<std::optional<std::vector<ListedSession>>>(
        std::nullopt);
}

}  // namespace oidc::session
