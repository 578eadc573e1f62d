// SPDX-License-Identifier: Apache-2.0
// The sessions of one provider in the zone of its store.
#pragma once

#include "ngx/conf/conf.hpp"
#include "oidc/ports.hpp"
#include "store/blob_table.hpp"

namespace ngx {

// Without a zone it has no sessions and saves none.
class ZoneSessions final : public oidc::SessionRecords {
public:
    explicit ZoneSessions(const ProviderConf& conf) : conf_(conf) {}

    std::optional<oidc::StoredBytes> load(const oidc::SessionKey&,
                                          base::Instant now) override;
    base::Result<oidc::SessionHandle> save(const oidc::SessionKey&,
                                           const crypto::Digest256& owner,
                                           std::string_view bytes,
                                           base::Instant now,
                                           base::Instant expires) override;
    base::Result<oidc::SessionHandle> replace(const oidc::SessionKey&,
                                              oidc::SessionHandle,
                                              std::string_view bytes,
                                              base::Instant now,
                                              base::Instant expires) override;
    bool remove(const oidc::SessionKey&) override;
    bool is_current(oidc::SessionHandle) override;
    void touch(oidc::SessionHandle, base::Instant now) override;
    std::vector<oidc::OwnedSession> owned(const crypto::Digest256& owner,
                                          base::Instant now) override;
    base::Result<oidc::SessionHandle> keep(const oidc::SessionKey&,
                                           std::string_view bytes,
                                           base::Instant now,
                                           base::Instant expires) override;
    base::Instant heard_until() override;
    std::uint64_t missed() override;
    std::uint64_t changes(const oidc::SessionKey&) override;

private:
    ngx_shm_zone_t* zone() const noexcept { return conf_.store->zone; }
    store::BlobTable* table() const noexcept;

    const ProviderConf& conf_;
};

}  // namespace ngx
