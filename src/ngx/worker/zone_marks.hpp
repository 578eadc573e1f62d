// SPDX-License-Identifier: Apache-2.0
// Stamps and grants in the cache zone, which all workers share.
#pragma once

#include "ngx/worker/provider_counters.hpp"
#include "ngx/worker/shared_zone.hpp"
#include "oidc/ports.hpp"
#include "redis/mark_commands.hpp"

namespace ngx {

class Fleet;

// What another nginx has noted.
void adopt_end(ngx_shm_zone_t* cache, const crypto::Digest256&,
               const redis::Ended&, base::Instant now);

// Of one provider. `fleet`: null if nothing is shared.
class ZoneMarks final : public oidc::SharedMarks {
public:
    ZoneMarks(ngx_shm_zone_t* cache, std::string_view provider,
              const ProviderCounters&, Fleet* fleet);

    bool is_state_used(const crypto::Digest256&, base::Instant now) override;
    void note_state(const crypto::Digest256&, base::Instant now,
                    base::Instant until) override;
    bool use_logout_token(const crypto::Digest256&, base::Instant now,
                          base::Instant until) override;
    std::uint64_t logouts() override {
        return cache().logout_number.load(std::memory_order_acquire);
    }
    void note_logout(const crypto::Digest256&, base::Instant now,
                     base::Instant until) override;
    std::optional<base::Instant> ended_until() override;
    std::optional<base::Instant> ended_at(const crypto::Digest256&,
                                          base::Instant now) override;
    void note_end(const crypto::Digest256&, base::Instant now,
                  base::Instant until) override;
    bool has_ended(const crypto::Digest256&, base::Instant now) override;
    std::uint64_t denials() override {
        return cache().denial_number.load(std::memory_order_acquire);
    }
    bool is_informed(base::Instant now) override;
    bool deny(const crypto::Digest256&, base::Instant now,
              base::Instant until) override;
    void undo_denial(const crypto::Digest256&, base::Instant now) override;
    std::optional<bool> is_denied(const crypto::Digest256&,
                                  base::Instant now) override;
    bool is_verified(const crypto::Digest256&, std::uint64_t generation,
                     base::Instant now) override;
    void remember_verified(const crypto::Digest256&, std::uint64_t generation,
                           base::Instant now, base::Instant until) override;

private:
    CacheZone& cache() const noexcept {
        return *static_cast<CacheZone*>(zone_->data);
    }

    ngx_shm_zone_t* zone_;
    unsigned place_;  // in CacheZone::ended_until
    const ProviderCounters& tally_;
    Fleet* fleet_;
};

class ZoneGrants final : public oidc::GrantStore {
public:
    explicit ZoneGrants(ngx_shm_zone_t* cache) : zone_(cache) {}
    void share(Fleet* fleet) noexcept { fleet_ = fleet; }

    std::optional<std::string> load(const crypto::Digest256&,
                                    base::Instant now) override;
    void save(const crypto::Digest256&, std::string_view bytes,
              base::Instant now, base::Instant until) override;
    std::optional<std::uint8_t> load_refusal(const crypto::Digest256&,
                                             base::Instant now) override;
    void save_refusal(const crypto::Digest256&, std::uint8_t reason,
                      base::Instant now, base::Instant until) override;

private:
    ngx_shm_zone_t* zone_;
    Fleet* fleet_ = nullptr;
};

}  // namespace ngx
